import { FakeBrowser, type FakeTab } from '../../test/fake-browser.ts';
import { BOB } from '../../test/fake-cluster.ts';
import { closeAll, Fixture } from '../../test/fixture.ts';
import { sentTo } from '../../test/outbox-fixture.ts';
import { EngineHost } from './engine-host.ts';
import { messagePort } from './engine-port.ts';
import { BrowserClient } from './open-client.ts';
import type { WorkerHandle } from './worker-engine.ts';

const opened: BrowserClient[] = [];
const handles: MessagePort[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
  for (const port of handles.splice(0)) port.close();
  await closeAll();
});

interface Page {
  readonly client: BrowserClient;
  readonly tab: FakeTab;
  /** The engines that this page made. */
  readonly engines: Fixture[];
  /** The tab is gone without a word, its engine too. */
  crash(): Promise<void>;
}

/** A browser on one device. `device`: its storage, clock and servers. */
function browser(device: Fixture, lacks: { readonly locks?: boolean; readonly channels?: boolean } = {}) {
  const shared = new FakeBrowser();
  return (startWorker?: () => WorkerHandle): Page => {
    const tab = shared.newTab();
    const engines: Fixture[] = [];
    const client = new BrowserClient({
      name: 'parley', startWorker, startTimers: undefined, clock: device.clock, random: device.random,
      loadEngine: () => Promise.resolve(() => {
        const engine = device.again();
        engines.push(engine);
        return Promise.resolve(engine.client);
      }),
      locks: lacks.locks ? undefined : tab.locks,
      openChannel: lacks.channels ? undefined : tab.openChannel,
    });
    opened.push(client);
    return {
      client, tab, engines,
      crash: async () => {
        await Promise.all(engines.map((engine) => engine.client.close()));
        tab.crash();
      },
    };
  };
}

/** A device on which nobody has signed in yet. */
async function newDevice(): Promise<Fixture> {
  const device = new Fixture();
  await device.client.close();
  return device;
}

const signedIn = (page: Page): boolean => page.client.getSnapshot().session.status === 'signed-in';
const isLive = (page: Page): boolean => page.client.getSnapshot().connection.status === 'live';

async function signIn(page: Page, { clock }: Fixture): Promise<void> {
  await Promise.all([page.client.logIn('alice', 'correct horse'), clock.until(() => isLive(page))]);
}

describe('a tab leads where there is no worker', () => {
  test('its engine is the only one; all tabs show the same', async () => {
    const device = await newDevice();
    const open = browser(device);
    const pages = [open(), open(), open()];
    await Promise.all(pages.map(({ client }) => client.ready).concat(device.clock.advance(100)));
    await signIn(pages[2] ?? open(), device);
    await device.clock.advance(100);
    expect(pages.map(({ engines }) => engines.length)).toEqual([1, 0, 0]);
    expect(pages.map(signedIn)).toEqual([true, true, true]);
    expect(device.streams).toHaveLength(1);
  });

  test('when it crashes the next one leads: signed in, with what was not sent', async () => {
    const device = await newDevice();
    const open = browser(device);
    const [first, second, third] = [open(), open(), open()];
    await device.clock.advance(100);
    await signIn(first, device);
    await device.clock.advance(100);
    for (const server of device.cluster.servers) server.kill();
    first.client.send(first.client.conversationWith(BOB.accountId), 'of the first');
    second.client.send(second.client.conversationWith(BOB.accountId), 'of the second');
    await device.clock.advance(100);
    await first.crash();
    await device.clock.advance(1_000);
    expect([second.engines.length, third.engines.length]).toEqual([1, 0]);
    for (const server of device.cluster.servers) server.revive();
    await device.clock.until(() => isLive(second) && isLive(third) && third.client.getSnapshot().unsent === 0);
    expect(device.cluster.servers.flatMap(sentTo).sort()).toEqual(['of the first', 'of the second']);
    expect(device.streams).toHaveLength(1);
  });

  test('one that closes in order lets the next lead', async () => {
    const device = await newDevice();
    const open = browser(device);
    const [first, second] = [open(), open()];
    await device.clock.advance(100);
    await signIn(second, device);
    await first.client.close();
    await device.clock.until(() => second.engines.length === 1 && isLive(second));
    expect(device.streams).toHaveLength(1);
  });
});

describe('an engine a tab where there are no locks either', () => {
  test.each([{ channels: false }, { channels: true }])('signing in and out in one does so in all (without channels: $channels)', async (lacks) => {
    const device = await newDevice();
    const open = browser(device, { locks: true, ...lacks });
    const [first, second] = [open(), open()];
    await device.clock.advance(100);
    await signIn(first, device);
    await device.clock.advance(lacks.channels ? 11_000 : 1_000);
    expect(signedIn(second)).toBe(true);
    await Promise.all([second.client.logOut(), device.clock.advance(100)]);
    await device.clock.advance(lacks.channels ? 11_000 : 1_000);
    expect([signedIn(first), signedIn(second)]).toEqual([false, false]);
  });

  test('what a crashed tab has not sent is sent by another', async () => {
    const device = await newDevice();
    const open = browser(device, { locks: true });
    const [first, second] = [open(), open()];
    await device.clock.advance(100);
    await signIn(first, device);
    await device.clock.advance(1_000);
    for (const server of device.cluster.servers) server.kill();
    first.client.send(first.client.conversationWith(BOB.accountId), 'left behind');
    await device.clock.advance(100);
    await first.crash();
    for (const server of device.cluster.servers) server.revive();
    await device.clock.until(() => device.cluster.servers.flatMap(sentTo).includes('left behind'), 20_000);
    await device.clock.advance(1_000);
    expect(second.client.getSnapshot().unsent).toBe(0);
  });
});

describe('a worker', () => {
  /** Starts workers, real message channels and all; `state` says how the next ones are. */
  function workers(device: Fixture) {
    const state = { starts: 0, works: true, running: undefined as EngineHost | undefined };
    const start = (): WorkerHandle => {
      state.starts += 1;
      const { port1, port2 } = new MessageChannel();
      handles.push(port1, port2);
      if (state.works) {
        state.running ??= new EngineHost(device.again().client, device.clock);
        state.running.connect(messagePort(port2));
      }
      return { port: port1, addEventListener: () => undefined };
    };
    return { start, state };
  }

  test('serves all tabs', async () => {
    const device = await newDevice();
    const open = browser(device);
    const { start } = workers(device);
    const pages = [open(start), open(start)];
    await Promise.all(pages.map(({ client }) => client.ready));
    await signIn(pages[0] ?? open(), device);
    await device.clock.until(() => pages.every(signedIn));
    expect([device.streams.length, ...pages.map(({ engines }) => engines.length)]).toEqual([1, 0, 0]);
  });

  test('that is killed is started again', async () => {
    const device = await newDevice();
    const open = browser(device);
    const { start, state } = workers(device);
    const page = open(start);
    await page.client.ready;
    await signIn(page, device);
    await state.running?.close();
    state.running = undefined;
    page.client.send(page.client.conversationWith(BOB.accountId), 'meanwhile');
    await device.clock.until(() => device.cluster.servers.flatMap(sentTo).includes('meanwhile'), 10_000);
    expect([state.starts, page.engines.length]).toEqual([2, 0]);
  });

  test('that never answers, or cannot be started, is given up for a tab that leads', async () => {
    const device = await newDevice();
    const { start, state } = workers(device);
    state.works = false;
    const open = browser(device);
    const refusing = (): WorkerHandle => {
      throw new Error('not allowed');
    };
    for (const startWorker of [start, refusing]) {
      const page = open(startWorker);
      await device.clock.until(() => page.engines.length === 1, 20_000);
      await Promise.all([page.client.ready, device.clock.advance(100)]);
      await page.client.close();
      await device.clock.advance(100);
    }
  });
});
