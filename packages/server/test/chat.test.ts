import { status } from '@grpc/grpc-js';
import { as, createPerson, PASSWORD, sendTo } from './people.ts';
import { TestCluster, until } from './cluster.ts';

describe('three replicas', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.of('server1', 'server2', 'server3');
  }, 20_000);
  afterAll(() => cluster.close());

  test('[A1] a message is stored on all three before it is acknowledged, and is read on each', async () => {
    const [one, two, three] = ['server1', 'server2', 'server3'].map((name) => cluster.get(name).caller);
    if (!one || !two || !three) throw new Error('no servers');
    const alice = await createPerson(one, 'alice');
    const bob = await createPerson(two, 'Bob');
    const text = 'hello 👋 \u0000 x';
    const sent = await sendTo(as(one, alice), bob, text);
    expect(sent.copies).toMatchObject({ stored: 3, replicas: 3 });
    const conversationId = sent.message?.conversationId ?? '';
    const read = await as(three, bob).call('listMessages', { conversationId });
    expect(read.messages).toMatchObject([{ text, senderId: alice.accountId, unread: true }]);
    const { conversations } = await as(two, bob).call('listConversations', {});
    expect(conversations).toMatchObject([{ unreadCount: 1, others: [{ username: 'alice' }] }]);
  });

  test('a stream brings what is sent on another replica, and goes on from its cursor on a third', async () => {
    const [one, two, three] = ['server1', 'server2', 'server3'].map((name) => cluster.get(name).caller);
    if (!one || !two || !three) throw new Error('no servers');
    const carol = await createPerson(one, 'carol');
    const dave = await createPerson(two, 'dave');
    const stream = as(two, dave).subscribe();
    await until(() => stream.events.length > 0, 'the first event');
    expect(stream.events[0]?.event?.$case).toBe('reload');
    await sendTo(as(one, carol), dave, 'first');
    await until(() => texts(stream.events).includes('first'), 'the message');
    const resume = stream.events.flatMap(({ event }) => (event && 'resume' in event.value && event.value.resume.length > 0 ? [event.value.resume] : [])).at(-1);
    stream.cancel();
    await sendTo(as(one, carol), dave, 'second');
    const next = as(three, dave).subscribe(resume);
    await until(() => next.events.length > 0, 'what was missed');
    expect(texts(next.events)).toEqual(['second']);
    next.cancel();
    expect((await as(three, dave).call('listConversations', {})).conversations[0]?.unreadCount).toBe(2);
    await three.call('markRead', { conversationId: (await three.call('listConversations', {})).conversations[0]?.conversationId ?? '', resume: resume ?? new Uint8Array() });
    await until(async () => (await as(one, dave).call('listConversations', {})).conversations[0]?.unreadCount === 1, 'the read mark on another replica');
  });

  test('[X1] a retry on another replica finds the first one', async () => {
    const [one, two] = ['server1', 'server2'].map((name) => cluster.get(name).caller);
    if (!one || !two) throw new Error('no servers');
    const erin = await createPerson(one, 'erin');
    const fred = await createPerson(one, 'fred');
    const first = await sendTo(as(one, erin), fred, 'once');
    const again = await sendTo(as(two, erin), fred, 'once', first.message?.messageId);
    expect(again.message).toEqual(first.message);
    const { messages } = await as(one, fred).call('listMessages', { conversationId: first.message?.conversationId ?? '' });
    expect(messages).toHaveLength(1);
    await expect(sendTo(as(two, erin), fred, 'other', first.message?.messageId)).rejects.toMatchObject({ code: status.ALREADY_EXISTS });
  });

  test('[T1] sessions hold on all replicas, and end everywhere with a new password', async () => {
    const [one, two, three] = ['server1', 'server2', 'server3'].map((name) => cluster.get(name).caller);
    if (!one || !two || !three) throw new Error('no servers');
    const gina = await createPerson(one, 'gina');
    const stream = as(three, gina).subscribe();
    const changed = await as(two, gina).call('changePassword', { oldPassword: PASSWORD, newPassword: 'another good one' });
    expect(changed.copies?.stored).toBe(3);
    await expect(as(one, gina).call('getAccount', {})).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await stream.ended).toMatchObject({ code: status.UNAUTHENTICATED });
    one.token = changed.sessionToken;
    expect((await one.call('getAccount', {})).account?.username).toBe('gina');
    const { sessionToken } = await three.call('logIn', { username: 'GINA', password: 'another good one' });
    three.token = sessionToken;
    await three.call('logOut', { everywhere: true });
    await expect(one.call('getAccount', {})).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  });

  test('[U1] of two claims of a name at once exactly one gets it', async () => {
    const callers = ['server1', 'server2', 'server3'].map((name) => cluster.get(name).caller);
    const results = await Promise.allSettled(callers.map((caller) => createPerson(caller, 'henry')));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    await cluster.settled();
    for (const caller of callers) {
      caller.token = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.token] : []))[0];
      expect((await caller.call('listAccounts', { pattern: 'henr*' })).accounts).toMatchObject([{ username: 'henry' }]);
    }
  });
});

function texts(events: readonly { event?: { $case: string; value: unknown } | undefined }[]): string[] {
  return events.flatMap(({ event }) => {
    if (event?.$case !== 'delta') return [];
    const { updates } = event.value as { updates: { update?: { $case: string; value: { text?: string } } }[] };
    return updates.flatMap(({ update }) => (update?.$case === 'message' && update.value.text ? [update.value.text] : []));
  });
}
