import { backgroundClock, timerWorker } from '../../test/background-tab.ts';
import { FakeBrowser } from '../../test/fake-browser.ts';
import { closeAll, Fixture } from '../../test/fixture.ts';
import { conversation, sentTo } from '../../test/outbox-fixture.ts';
import { VirtualClock } from '../../test/virtual-clock.ts';
import type { Clock } from '../clock.ts';
import { BrowserClient } from './open-client.ts';
import { workerClock } from './worker-clock.ts';

afterEach(closeAll);

/** Far into the time in which a browser looks at a hidden tab's timers once a minute. */
const LONG_MS = 20 * 60_000;

/** Timers by this clock: what they did, and when. */
function timersOf(clock: Clock, base: VirtualClock) {
  const fired: (readonly [string, number])[] = [];
  const set = (name: string, ms: number): unknown => clock.setTimeout(() => fired.push([name, base.monotonic()]), ms);
  return { fired, set };
}

describe('timers of a tab in the background', () => {
  test('come in time by its worker, each once', async () => {
    const base = new VirtualClock();
    const { fired, set } = timersOf(workerClock(timerWorker(base), backgroundClock(base)), base);
    set('late', 1_000);
    set('soon', 10);
    await base.advance(5 * 60_000);
    expect(fired).toEqual([['soon', 10], ['late', 1_000]]);
  });

  test('that are taken back do not come', async () => {
    const base = new VirtualClock();
    const clock = workerClock(timerWorker(base), backgroundClock(base));
    const { fired, set } = timersOf(clock, base);
    clock.clearTimeout(set('taken back', 1_000));
    clock.clearTimeout(undefined);
    await base.advance(5 * 60_000);
    expect(fired).toEqual([]);
  });

  test('come as the tab itself lets them where the worker is dead', async () => {
    const base = new VirtualClock();
    const { fired, set } = timersOf(workerClock(timerWorker(base, true), backgroundClock(base)), base);
    set('only in the tab', 1_000);
    await base.advance(5 * 60_000);
    expect(fired).toEqual([['only in the tab', 60_000]]);
  });
});

/** A client whose tab is in the background, signed in and live. */
async function inBackground(clientClock: (base: VirtualClock) => Clock): Promise<Fixture> {
  const clock = new VirtualClock();
  const fixture = new Fixture({ clock, clientClock: clientClock(clock) });
  void fixture.client.logIn('alice', 'correct horse');
  await clock.until(() => fixture.snapshot.connection.status === 'live', LONG_MS);
  await clock.advance(LONG_MS);
  return fixture;
}

describe('an engine in a tab in the background', () => {
  test.each([
    ['without a worker', (base: VirtualClock) => backgroundClock(base)],
    ['with a worker', (base: VirtualClock) => workerClock(timerWorker(base), backgroundClock(base))],
  ])('[Y3] keeps its stream as long as that speaks, and leaves a dead server at once (%s)', async (_, clientClock) => {
    const fixture = await inBackground(clientClock);
    expect(fixture.cluster.servers.flatMap((server) => server.streams)).toHaveLength(1);
    expect(fixture.snapshot.moves).toEqual([]);
    const before = fixture.inUse;
    before.kill();
    const tookMs = await fixture.clock.until(() => fixture.streams.length === 1);
    expect(tookMs).toBeLessThan(1_000);
    expect(fixture.inUse).not.toBe(before);
    const after = fixture.inUse;
    fixture.client.send(conversation(fixture), 'from the background');
    await fixture.clock.advance(1_000);
    expect(sentTo(after)).toEqual(['from the background']);
  });

  test('[Y3] with a worker leaves a silent server within 6.5 s', async () => {
    const fixture = await inBackground((base) => workerClock(timerWorker(base), backgroundClock(base)));
    const before = fixture.inUse;
    before.freeze();
    const tookMs = await fixture.clock.until(() => fixture.cluster.servers.some((server) => server !== before && server.openStreams().length === 1));
    expect(tookMs).toBeLessThan(6_500);
  });

  test('[Y3] is given the time by the worker where it has to run in a tab', async () => {
    const device = new Fixture();
    await device.client.close();
    const tab = new FakeBrowser().newTab();
    let given: Clock | undefined;
    const client = new BrowserClient({
      name: 'parley', startWorker: undefined, clock: backgroundClock(device.clock), random: device.random, locks: tab.locks, openChannel: tab.openChannel,
      startTimers: () => timerWorker(device.clock),
      loadEngine: () => Promise.resolve((clock) => {
        given = clock;
        return Promise.resolve(device.again(undefined, clock).client);
      }),
    });
    await device.clock.until(() => given !== undefined);
    const { fired, set } = timersOf(given ?? device.clock, device.clock);
    const now = device.clock.monotonic();
    set('in time', 1_000);
    await device.clock.advance(2_000);
    expect(fired).toEqual([['in time', now + 1_000]]);
    await client.close();
  });
});

test('a frozen tab that goes on finds the end of its time and what had come at once: that is no silence', async () => {
  const clock = new VirtualClock();
  // All that was due while it was frozen comes when it goes on, timers first.
  let frozen: (() => void)[] | undefined;
  const clientClock: Clock = {
    now: () => clock.now(), monotonic: () => clock.monotonic(), clearTimeout: (timer) => clock.clearTimeout(timer),
    setTimeout: (callback, ms) => clock.setTimeout(() => (frozen ? frozen.push(callback) : callback()), ms),
  };
  const fixture = new Fixture({ clock, clientClock });
  await fixture.signIn();
  const stream = fixture.stream;
  fixture.inUse.freeze();
  frozen = [];
  await clock.advance(30_000);
  const due = frozen;
  frozen = undefined;
  fixture.inUse.revive();
  for (const callback of due) callback();
  stream.send({ $case: 'heartbeat', value: { resume: new Uint8Array() } });
  await clock.advance(5_000);
  expect(fixture.stream).toBe(stream);
});
