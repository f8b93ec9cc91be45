import { ChatServiceDefinition } from '@parley/proto/chat';
import { BOB } from '../test/fake-cluster.ts';
import { type FakeServer, invalidField, refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { listAccounts, listConversations, listMessages } = ChatServiceDefinition.methods;

afterEach(closeAll);

const bytes = (name: string): Uint8Array => new TextEncoder().encode(name);
const text = (cursor: Uint8Array | undefined): string => new TextDecoder().decode(cursor);

describe('reload', () => {
  const loads = (server: FakeServer): number[] => [listConversations, listAccounts, listMessages].map((method) => server.calls.filter((call) => call.method === method.name).length);

  test('of the very first stream loads conversations and accounts; the cursor counts when that is done', async () => {
    const fixture = new Fixture();
    for (const server of fixture.cluster.servers) {
      server.greet = (stream) => stream.send({ $case: 'reload', value: { resume: bytes('r1') } });
      server.on(listConversations, () => {
        throw refusal(GrpcCode.UNAVAILABLE, 'NOT_HERE');
      });
    }
    void fixture.client.logIn('alice', 'correct horse');
    await fixture.clock.until(() => fixture.streams.length === 1);
    expect(text(fixture.stream.request.resume)).toBe('');
    await fixture.clock.advance(5_000);
    expect(fixture.snapshot.conversations).toBeUndefined();
    // A stream that breaks before that starts from where the last one did.
    const first = fixture.inUse;
    first.kill();
    await fixture.clock.until(() => fixture.streams.length === 1);
    expect(text(fixture.stream.request.resume)).toBe('');
    for (const server of fixture.cluster.servers) server.on(listConversations, () => ({ conversations: [], nextPageToken: '', seen: bytes('s'), behind: false }));
    await fixture.clock.until(() => fixture.snapshot.conversations !== undefined);
    await fixture.clock.advance(100);
    fixture.inUse.kill();
    await fixture.clock.until(() => fixture.streams.length === 1);
    expect(text(fixture.stream.request.resume)).toBe('r1');
    expect(fixture.snapshot.accounts).toEqual([BOB]);
  });

  test('that its stream does not outlive is forgotten: the next stream goes on from the last cursor that counted', async () => {
    const fixture = await new Fixture().signIn();
    fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('r1') } });
    for (const server of fixture.cluster.servers) {
      server.on(listConversations, () => {
        throw refusal(GrpcCode.UNAVAILABLE, 'NOT_HERE');
      });
    }
    fixture.stream.send({ $case: 'reload', value: { resume: bytes('r2') } });
    await fixture.clock.advance(100);
    for (const turn of ['r1', 'r3']) {
      fixture.inUse.kill();
      await fixture.clock.until(() => fixture.streams.length === 1);
      expect(text(fixture.stream.request.resume)).toBe(turn);
      fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('r3') } });
    }
  });

  test('loads opened timelines again and merges them', async () => {
    const fixture = await new Fixture().signIn();
    const server = fixture.inUse;
    const [m1, m2, m3] = [1, 2, 3].map((number) => fixture.cluster.message({ text: `${number}` }));
    if (!m1 || !m2 || !m3) throw new Error('there are three');
    server.on(listMessages, () => ({ messages: [m2, m1], more: false, seen: bytes('s'), behind: false }));
    await Promise.all([fixture.client.openConversation('c'), fixture.clock.advance(20)]);
    server.on(listMessages, () => ({ messages: [m3, { ...m2, deleted: true, text: '' }], more: false, seen: bytes('s'), behind: false }));
    const before = loads(server);
    fixture.stream.send({ $case: 'reload', value: { resume: bytes('r9') } });
    await fixture.clock.advance(20);
    expect(loads(server)).toEqual(before.map((count) => count + 1));
    expect(fixture.messages('c').map((message) => [message.text, message.deleted])).toEqual([['1', false], ['', true], ['3', false]]);
  });

  test('keeps what the old cursor covered as seen', async () => {
    const fixture = await new Fixture().signIn();
    fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('high') } });
    fixture.stream.send({ $case: 'reload', value: { resume: bytes('other') } });
    await fixture.clock.advance(50);
    fixture.inUse.kill();
    await fixture.clock.until(() => fixture.streams.length === 1);
    expect(text(fixture.stream.request.resume)).toBe('other');
  });
});

test('cursors that no server knows any more are dropped, and everything is loaded again', async () => {
  const fixture = await new Fixture().signIn();
  fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('of the old secret') } });
  for (const server of fixture.cluster.servers) {
    server.greet = (stream) => {
      if (stream.request.seen.length > 0) stream.end(invalidField('seen'));
      else stream.send({ $case: 'reload', value: { resume: bytes('new') } });
    };
    server.on(listAccounts, ({ seen }) => {
      if (seen.length > 0) throw invalidField('seen');
      return { accounts: [BOB], nextPageToken: '', seen: bytes('s'), behind: false };
    });
  }
  fixture.stream.end();
  await fixture.clock.advance(1_000);
  expect(text(fixture.stream.request.resume)).toBe('');
  fixture.stream.send({ $case: 'heartbeat', value: { resume: bytes('of the old secret') } });
  await Promise.all([fixture.client.searchAccounts('b'), fixture.clock.advance(50)]);
  expect(fixture.snapshot.session.status).toBe('signed-in');
});
