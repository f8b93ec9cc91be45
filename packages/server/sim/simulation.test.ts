import { Chance } from './chance.ts';
import { parseSeeds } from './failed-seeds.ts';
import { drawPlan } from './plan.ts';
import { simulate } from './simulation.ts';
import { Timeline } from './timeline.ts';

test('the same seed gives the same run, to the last line of its trace', async () => {
  const plan = drawPlan(11);
  const once = await simulate(plan, true);
  const again = await simulate(plan, true);
  expect(once.trace.length).toBeGreaterThan(100);
  expect(again.trace).toEqual(once.trace);
  expect(again.digest).toBe(once.digest);
  expect((await simulate(drawPlan(12), true)).digest).not.toBe(once.digest);
}, 30_000);

test('streams of chance do not shift each other, and look like chance', () => {
  const one = new Chance('7').split('network');
  const other = new Chance('7');
  other.fraction();
  const same = other.split('network');
  const drawn = Array.from({ length: 2000 }, () => one.fraction());
  expect(drawn).toEqual(Array.from({ length: 2000 }, () => same.fraction()));
  expect(new Chance('7').split('disk').fraction()).not.toBe(drawn[0]);
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});

test('events happen in the order of their times, with all that follows by promises in between', async () => {
  const timeline = new Timeline();
  const happened: string[] = [];
  const note = (what: string) => () => {
    happened.push(`${what} at ${timeline.nowMs}`);
    void Promise.resolve().then(() => Promise.resolve()).then(() => happened.push(`${what} followed`));
  };
  for (const ms of [5, 3, 9, 1, 7, 3]) timeline.after(ms, note(String(ms)));
  timeline.after(4, note('cancelled'))();
  await timeline.run(8, () => {});
  expect(happened).toEqual(['1', '3', '3', '5', '7'].flatMap((what) => [`${what} at ${what}`, `${what} followed`]));
  expect(timeline.nowMs).toBe(8);
});

test('seeds that failed are read with what they found', () => {
  expect(parseSeeds('# for people\n12 lost a message\n\n7\n')).toEqual([12, 7]);
  expect(() => parseSeeds('twelve')).toThrow(/does not begin with a seed/);
});
