import { VirtualClock } from '../test/virtual-clock.ts';
import { Pause } from './pause.ts';

test('many waits take one listener of their signal, which goes with the last of them', async () => {
  const clock = new VirtualClock();
  const pause = new Pause(clock);
  const { signal } = new AbortController();
  const added = jest.spyOn(signal, 'addEventListener');
  const removed = jest.spyOn(signal, 'removeEventListener');
  const waits = Promise.all(Array.from({ length: 30 }, (_, index) => pause.wait(index, signal)));
  await clock.advance(28);
  expect(added).toHaveBeenCalledTimes(1);
  expect(removed).not.toHaveBeenCalled();
  await clock.advance(1);
  await waits;
  expect(removed).toHaveBeenCalledTimes(1);
});

test('an abort ends the waits of its signal, and no others', async () => {
  const pause = new Pause(new VirtualClock());
  const [first, second] = [new AbortController(), new AbortController()];
  const ended: string[] = [];
  const waits = [['a', first], ['b', second], ['c', first]] as const;
  const all = Promise.all(waits.map(([name, { signal }]) => pause.wait(undefined, signal).then(() => ended.push(name))));
  first.abort();
  await Promise.resolve();
  expect(ended).toEqual(['a', 'c']);
  pause.wake();
  await all;
  expect(ended).toEqual(['a', 'c', 'b']);
});
