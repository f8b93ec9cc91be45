import { VirtualClock } from '../test/virtual-clock.ts';
import { MemoryStorage } from './storages/memory.ts';
import { type Creation, Ticks } from './ticks.ts';

const KEY = 'ticks:alice';
let clock: VirtualClock;
let storage: MemoryStorage;
let ticks: Ticks;
const at = (origin: number, createdSeq: number): Creation => ({ position: { origin }, createdSeq });

beforeEach(async () => {
  clock = new VirtualClock();
  storage = new MemoryStorage();
  ticks = new Ticks(storage, clock);
  await ticks.belongTo('alice');
});

test('[A10] a message and all that came before it in its origin are covered, and nothing else', () => {
  ticks.add(at(1, 5));
  expect([at(1, 4), at(1, 5), at(1, 6), at(2, 5), at(1, 0)].map((creation) => ticks.covers(creation))).toEqual([true, true, false, false, false]);
});

test('[A10] they are kept with the account, soon after each rise and not with each', async () => {
  let writes = 0;
  const update = storage.update.bind(storage);
  storage.update = (key, change) => {
    writes += 1;
    return update(key, change);
  };
  for (let seq = 1; seq <= 5; seq++) ticks.add(at(1, seq));
  await clock.advance(999);
  expect(writes).toBe(0);
  await clock.advance(1);
  expect([writes, await storage.get(KEY)]).toEqual([1, '1:5']);
  const next = new Ticks(storage, clock);
  await next.belongTo('alice');
  expect([next.covers(at(1, 5)), next.covers(at(1, 6))]).toEqual([true, false]);
  await next.belongTo('bob');
  expect(next.covers(at(1, 5))).toBe(false);
});

test('what another client on the same storage knows stays: the higher one of each origin', async () => {
  await storage.set(KEY, '1:9 2:3');
  ticks.add(at(1, 5));
  ticks.add(at(3, 1));
  await ticks.keep();
  expect(((await storage.get(KEY)) ?? '').split(' ').sort()).toEqual(['1:9', '2:3', '3:1']);
});

test('what is of another form is left out', async () => {
  await storage.set(KEY, '1:2 x:3 4 :5 6:7:8 99999999999999999999:1 9:-1 2:4');
  const next = new Ticks(storage, clock);
  await next.belongTo('alice');
  expect([at(1, 2), at(2, 4), at(6, 7), at(9, 1)].map((creation) => next.covers(creation))).toEqual([true, true, false, false]);
});

test('origins that rose long ago are let go, not without end kept', async () => {
  for (let origin = 1; origin <= 300; origin++) ticks.add(at(origin, 1));
  ticks.add(at(150, 2));
  await ticks.keep();
  const kept = ((await storage.get(KEY)) ?? '').split(' ');
  expect(kept).toHaveLength(200);
  expect([kept[0], kept.at(-1)]).toEqual(['101:1', '150:2']);
});

test('forgotten is forgotten in storage too', async () => {
  ticks.add(at(1, 5));
  await ticks.keep();
  await ticks.forget();
  expect([await storage.get(KEY), ticks.covers(at(1, 5))]).toEqual([undefined, false]);
});
