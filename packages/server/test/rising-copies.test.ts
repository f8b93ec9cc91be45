import type { Copies, SubscribeResponse } from '@parley/proto/chat';
import { TestCluster, until } from './cluster.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';

describe('copies that rise later', () => {
  let cluster: TestCluster;
  let alice: Person;
  let bob: Person;
  const caller = (name: string, person: Person) => as(cluster.get(name).caller, person);

  beforeEach(async () => {
    cluster = await TestCluster.of('server1', 'server2', 'server3');
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    bob = await createPerson(cluster.get('server1').caller, 'bob');
  }, 20_000);
  afterEach(() => cluster.close(), 20_000);

  /** The copies of a message that a stream has told, in order. */
  function toldOf(messageId: string | undefined, events: readonly SubscribeResponse[]): (Copies | undefined)[] {
    return events.flatMap(({ event }) => (event?.$case === 'delta' ? event.value.updates : [])).flatMap(({ update }) => {
      if (update?.$case === 'copies') return update.value.messageId === messageId ? [update.value.copies] : [];
      return update?.$case === 'message' && update.value.messageId === messageId ? [update.value.copies] : [];
    });
  }

  async function listed(name: string, person: Person, conversationId: string | undefined): Promise<(number | undefined)[]> {
    const { messages } = await caller(name, person).call('listMessages', { conversationId: conversationId ?? '' });
    return messages.map(({ copies }) => copies?.stored);
  }

  test('[A9] the stream tells its sender when more replicas have a message that had been stored on one, and nobody else', async () => {
    const own = caller('server1', alice).subscribe();
    const other = caller('server1', bob).subscribe();
    cluster.cut('server1', 'server2');
    cluster.cut('server1', 'server3');
    const { message, copies } = await sendTo(caller('server1', alice), bob, 'alone');
    expect(copies).toMatchObject({ stored: 1, replicas: 3 });
    expect(await listed('server1', alice, message?.conversationId)).toEqual([1]);
    expect(await listed('server1', bob, message?.conversationId)).toEqual([undefined]);
    cluster.heal();
    await until(() => toldOf(message?.messageId, own.events).at(-1)?.stored === 3, 'the third copy');
    const counts = toldOf(message?.messageId, own.events).map((each) => each?.stored ?? 0);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(await listed('server1', alice, message?.conversationId)).toEqual([3]);
    expect(toldOf(message?.messageId, other.events)).toEqual([undefined]);
    own.cancel();
    other.cancel();
  }, 30_000);

  test('[A9] a stream begins with the copies of what the client names, and goes on with those that rise', async () => {
    await cluster.stop('server3');
    const { message } = await sendTo(caller('server1', alice), bob, 'on two');
    const messageId = message?.messageId ?? '';
    const stream = caller('server2', alice).subscribe(new Uint8Array(), [messageId, 'aaaaaaaaaaaaaaaaaaaaaaaaaa']);
    await until(() => toldOf(messageId, stream.events).at(-1)?.stored === 2, 'two copies');
    await cluster.start('server3');
    await until(() => toldOf(messageId, stream.events).at(-1)?.stored === 3, 'three copies');
    stream.cancel();
    // Somebody else's message is not theirs to ask for.
    const others = caller('server2', bob).subscribe(new Uint8Array(), [messageId]);
    await until(() => others.events.length > 0, 'the first event');
    await sendTo(caller('server2', bob), alice, 'something else');
    await until(() => others.events.some(({ event }) => event?.$case === 'delta'), 'the delta');
    expect(toldOf(messageId, others.events)).toEqual([]);
    others.cancel();
  }, 30_000);

  /** How copies name these servers. */
  async function named(by: string, ...names: string[]): Promise<string[]> {
    const { replicas } = await caller(by, alice).call('getCluster', {});
    return names.map((name) => replicas.find((replica) => replica.name === name)?.replicaId.slice(0, 6) ?? 'unknown');
  }

  const byName = (copies: Copies | undefined) => copies?.holders.toSorted();

  test('[A10] with one of three down a message is on all that are up when two hold it, and the answer names them; a page tells the same, on each server', async () => {
    await cluster.stop('server3');
    const { message, copies } = await sendTo(caller('server1', alice), bob, 'on two');
    const holders = (await named('server1', 'server1', 'server2')).toSorted();
    expect(copies).toMatchObject({ stored: 2, replicas: 3, onAllUp: true });
    expect(byName(copies)).toEqual(holders);
    for (const name of ['server1', 'server2']) {
      const page = async () => (await caller(name, alice).call('listMessages', { conversationId: message?.conversationId ?? '' })).messages[0]?.copies;
      await until(async () => (await page())?.onAllUp === true, `${name} knows`);
      expect(byName(await page())).toEqual(holders);
    }
  }, 30_000);

  test('[A10] a message that one server alone could take is on all that are up only when a second one is back and has it', async () => {
    const stream = caller('server1', alice).subscribe();
    await cluster.stop('server3');
    await cluster.stop('server2');
    const { message, copies } = await sendTo(caller('server1', alice), bob, 'alone');
    expect(copies).toMatchObject({ stored: 1, replicas: 3, onAllUp: false, holders: await named('server1', 'server1') });
    await cluster.start('server2');
    await until(() => toldOf(message?.messageId, stream.events).at(-1)?.onAllUp === true, 'it is on all that are up');
    expect(toldOf(message?.messageId, stream.events).map((each) => [each?.stored, each?.onAllUp])).not.toContainEqual([1, true]);
    expect(byName(toldOf(message?.messageId, stream.events).at(-1))).toEqual((await named('server1', 'server1', 'server2')).toSorted());
    stream.cancel();
  }, 30_000);
});
