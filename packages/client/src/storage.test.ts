import { VirtualClock } from '../test/virtual-clock.ts';
import { forgiving, parseObject, type Storage } from './storage.ts';
import { MemoryStorage } from './storages/memory.ts';

test('values are kept, replaced and deleted', async () => {
  const storage = new MemoryStorage();
  await storage.set('a', '1');
  await storage.update('a', (value) => `${value}2`);
  expect(await storage.get('a')).toBe('12');
  await storage.update('a', () => undefined);
  expect(await storage.get('a')).toBeUndefined();
});

test('storage that fails or hangs does not stop the client', async () => {
  const clock = new VirtualClock();
  const broken: Storage = {
    get: () => Promise.reject(new Error('denied')),
    set: () => new Promise(() => undefined),
    delete: () => Promise.reject(new Error('denied')),
    update: () => Promise.reject(new Error('full')),
  };
  const storage = forgiving(broken, clock);
  expect(await storage.get('a')).toBeUndefined();
  await storage.delete('a');
  await storage.update('a', () => 'x');
  let done = false;
  void storage.set('a', '1').then(() => {
    done = true;
  });
  await clock.advance(1_999);
  expect(done).toBe(false);
  await clock.advance(1);
  expect(done).toBe(true);
});

test('what is stored but is no object is as good as nothing', () => {
  expect(parseObject('{"a":1}')).toEqual({ a: 1 });
  for (const text of [undefined, '', 'null', '[1]', '"x"', '{"a":']) expect(parseObject(text)).toBeUndefined();
});
