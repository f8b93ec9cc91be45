import { ChatServiceDefinition } from '@parley/proto/chat';
import { ALICE, BOB } from '../../test/fake-cluster.ts';
import { refusal } from '../../test/fake-server.ts';
import { closeAll } from '../../test/fixture.ts';
import { conversation, keepsAlone, sentTo } from '../../test/outbox-fixture.ts';
import { TabFixture } from '../../test/tab-fixture.ts';
import { GrpcCode } from '../failure.ts';

const { logIn } = ChatServiceDefinition.methods;

afterEach(closeAll);

const texts = (tab: { getSnapshot: TabFixture['engine']['client']['getSnapshot'] }, conversationId: string): string[] =>
  tab.getSnapshot().timelines.get(conversationId)?.messages.map((message) => message.text) ?? [];

/** An engine with alice signed in, and two tabs of it. */
async function open() {
  const fixture = new TabFixture();
  const { clock } = fixture.engine;
  let silences = 0;
  const one = fixture.newTab(() => {
    silences += 1;
  });
  const two = fixture.newTab();
  const ports = [fixture.connect(one), fixture.connect(two)];
  await Promise.all([one.logIn('alice', 'correct horse'), clock.advance(100)]);
  await fixture.engine.live();
  for (const server of fixture.engine.cluster.servers) keepsAlone(fixture.engine, server, 3);
  return { fixture, clock, one, two, ports, silences: () => silences };
}

describe('tabs of one engine', () => {
  test('show what it shows: one stream, one sign-in, one list', async () => {
    const { fixture, one, two } = await open();
    expect(fixture.engine.streams).toHaveLength(1);
    for (const tab of [one, two]) {
      await tab.ready;
      expect(tab.getSnapshot()).toEqual(fixture.engine.snapshot);
      expect(tab.getSnapshot().session).toMatchObject({ status: 'signed-in', username: 'alice' });
    }
  });

  test('a message sent in one is there at once, and in the other within a moment', async () => {
    const { fixture, clock, one, two } = await open();
    const conversationId = one.conversationWith(BOB.accountId);
    await Promise.all([one.openConversation(conversationId), clock.advance(100)]);
    one.send(conversationId, 'hello');
    expect(texts(one, conversationId)).toEqual(['hello']);
    expect(one.getSnapshot()).toBe(one.getSnapshot());
    await clock.advance(100);
    expect([texts(one, conversationId), texts(two, conversationId)]).toEqual([['hello'], ['hello']]);
    expect(sentTo(fixture.engine.inUse)).toEqual(['hello']);
  });

  test('[Y1] what was sent is kept once the engine has it in storage, and not before', async () => {
    const { fixture, clock, one } = await open();
    const conversationId = one.conversationWith(BOB.accountId);
    let write: () => void = () => undefined;
    const { storage } = fixture.engine;
    const update = storage.update.bind(storage);
    storage.update = (key, change) => (key.startsWith('outbox:') ? new Promise((resolve, reject) => {
      write = () => void update(key, change).then(resolve, reject);
    }) : update(key, change));
    let isKept = false;
    void one.kept(one.send(conversationId, 'hello')).then(() => {
      isKept = true;
    });
    await clock.advance(1_000);
    expect(isKept).toBe(false);
    storage.update = update;
    write();
    await clock.advance(10);
    expect(isKept).toBe(true);
  });

  test('what was sent is kept by the next engine where the first is lost', async () => {
    const { fixture, clock, one, ports } = await open();
    const conversationId = one.conversationWith(BOB.accountId);
    for (const port of ports) port.isCut = true;
    let isKept = false;
    const messageId = one.send(conversationId, 'hello');
    void one.kept(messageId).then(() => {
      isKept = true;
    });
    await clock.advance(1_000);
    expect(isKept).toBe(false);
    const next = fixture.next();
    next.connect(one);
    await clock.advance(1_000);
    expect(isKept).toBe(true);
    expect(next.engine.cluster.servers.flatMap(sentTo)).toEqual(['hello']);
  });

  test('what a call changed is there before its result', async () => {
    const { one, clock } = await open();
    let seen: string | undefined;
    const calling = one.sendTo('bob', 'hello').then((conversationId) => {
      seen = one.getSnapshot().conversations?.find((each) => each.conversationId === conversationId)?.lastMessage?.text;
    });
    await Promise.all([calling, clock.advance(100)]);
    expect(seen).toBe('hello');
  });

  test('failures come with their reason, words and fields', async () => {
    const { fixture, one, clock } = await open();
    for (const server of fixture.engine.cluster.servers) {
      server.on(logIn, () => {
        throw refusal(GrpcCode.PERMISSION_DENIED, 'WRONG_CREDENTIALS', 'Wrong username or password.');
      });
    }
    const failing = expect(one.logIn('alice', 'wrong')).rejects.toMatchObject({ name: 'ParleyFailure', reason: 'WRONG_CREDENTIALS', message: 'Wrong username or password.', fields: new Map() });
    await Promise.all([failing, clock.advance(100)]);
  });

  test('signing out in one signs out all', async () => {
    const { one, two, clock } = await open();
    await Promise.all([one.logOut(), clock.advance(100)]);
    expect([one, two].map((tab) => tab.getSnapshot().session.status)).toEqual(['signed-out', 'signed-out']);
    expect(() => two.send('c', 'x')).toThrow(/signed out/i);
  });

  test('one that closes or crashes takes nothing with it, and is served no more', async () => {
    const { one, two, ports, clock, fixture } = await open();
    const conversationId = one.conversationWith(BOB.accountId);
    one.send(conversationId, 'last words');
    void one.close();
    await clock.advance(100);
    expect(sentTo(fixture.engine.inUse)).toEqual(['last words']);
    const heard = ports[0]?.heard.length;
    two.send(conversationId, 'goes on');
    await clock.advance(100);
    expect(ports[0]?.heard).toHaveLength(heard ?? 0);
    // The other one crashes: it says nothing any more.
    two.leave = () => undefined;
    if (ports[1]) ports[1].isCut = true;
    await clock.advance(6 * 60_000);
    const before = ports[1]?.heard.length;
    fixture.engine.client.send(conversationId, 'nobody is there');
    await clock.advance(100);
    expect(ports[1]?.heard).toHaveLength(before ?? 0);
  });
});

describe('[Y3] an engine that is lost', () => {
  test('is noticed within seconds; the next one takes over what was said and not heard, and no message is lost or sent twice', async () => {
    const { fixture, one, ports, clock, silences } = await open();
    const conversationId = one.conversationWith(BOB.accountId);
    await Promise.all([one.openConversation(conversationId), clock.advance(100)]);
    one.send(conversationId, 'heard');
    await clock.advance(100);
    for (const port of ports) port.isCut = true;
    one.send(conversationId, 'not heard');
    const took = await clock.until(() => silences() > 0);
    expect(took).toBeLessThanOrEqual(5_000);
    expect(texts(one, conversationId)).toEqual(['heard', 'not heard']);
    await fixture.engine.client.close();
    const next = fixture.next();
    next.connect(one);
    await next.engine.live();
    await clock.advance(1_000);
    expect(one.getSnapshot().unsent).toBe(0);
    const sent = fixture.engine.cluster.servers.flatMap(sentTo);
    expect(sent.filter((text) => text === 'not heard')).toHaveLength(1);
  });

  test('a message that it heard and did not send is sent by the next', async () => {
    const { fixture, one, clock } = await open();
    const conversationId = one.conversationWith(BOB.accountId);
    for (const server of fixture.engine.cluster.servers) server.kill();
    one.send(conversationId, 'stored');
    await clock.advance(50);
    await fixture.engine.client.close();
    for (const server of fixture.engine.cluster.servers) server.revive();
    const next = fixture.next();
    next.connect(one);
    await clock.until(() => fixture.engine.cluster.servers.flatMap(sentTo).includes('stored'));
    await clock.advance(100);
    expect(one.getSnapshot().unsent).toBe(0);
  });

  test('nothing goes from the screen meanwhile, and what was open is opened again', async () => {
    const { fixture, one, clock } = await open();
    const { cluster } = fixture.engine;
    fixture.engine.fill(3, () => ({ conversationId: conversation(fixture.engine) }));
    const conversationId = one.conversationWith(BOB.accountId);
    await Promise.all([one.openConversation(conversationId), clock.advance(100)]);
    expect(texts(one, conversationId)).toEqual(['1', '2', '3']);
    const vanished: number[] = [];
    one.subscribe(() => {
      const { accounts, conversations } = one.getSnapshot();
      if (texts(one, conversationId).length < 3 || conversations === undefined || accounts.length === 0) vanished.push(clock.now());
    });
    await fixture.engine.client.close();
    for (const server of cluster.servers) server.kill();
    const next = fixture.next();
    next.connect(one);
    await clock.advance(30_000);
    one.send(conversationId, 'while nobody answers');
    await clock.advance(1_000);
    expect(texts(one, conversationId)).toEqual(['1', '2', '3', 'while nobody answers']);
    for (const server of cluster.servers) {
      server.revive();
      keepsAlone(next.engine, server, 3);
    }
    await next.engine.live();
    await clock.advance(5_000);
    expect(vanished).toEqual([]);
    expect(one.getSnapshot()).toEqual(next.engine.snapshot);
    expect(texts(one, conversationId).slice(0, 3)).toEqual(['1', '2', '3']);
  });

  test('a call that may not happen twice says so; others are made again', async () => {
    const { fixture, one, ports, clock } = await open();
    for (const port of ports) port.isCut = true;
    const changing = expect(one.changePassword('correct horse', 'battery staple')).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    const searching = one.searchAccounts('b');
    await fixture.engine.client.close();
    const next = fixture.next();
    next.connect(one);
    await Promise.all([changing, clock.advance(500)]);
    expect(await searching).toEqual([ALICE, BOB]);
  });
});
