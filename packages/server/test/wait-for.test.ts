import { TestCluster, until } from './cluster.ts';
import { as, createPerson, sendTo } from './people.ts';

let cluster: TestCluster;
afterEach(() => cluster.close(), 20_000);

test('[A8] over a slow link, --wait-for 2 answers when one peer has the write; the far one gets it later, and is not called down for it', async () => {
  cluster = new TestCluster();
  await cluster.start('server1', { waitFor: 2, ackTimeoutMs: 60_000 });
  await cluster.start('server2');
  await cluster.start('server3');
  await cluster.settled();
  const { caller } = cluster.get('server1');
  const alice = await createPerson(caller, 'alice');
  await cluster.settled();
  const release = cluster.hold('server1', 'server3');
  cluster.cut('server2', 'server3');
  const { copies, message } = await sendTo(as(caller, alice), alice, 'near first');
  expect(copies).toMatchObject({ stored: 2, replicas: 3 });
  const far = cluster.get('server3').server.store.queries.messages;
  expect(far.byKey(alice.accountId, alice.accountId, message?.messageId ?? '')).toBeUndefined();
  release();
  await until(() => far.byKey(alice.accountId, alice.accountId, message?.messageId ?? '') !== undefined, 'the far one to have it');
  cluster.heal();
  await cluster.settled();
}, 30_000);
