import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChangeKind, MessageCreated, type Report } from '@parley/proto/replication';
import { encodeChange } from '../src/store/change.ts';
import { grpcLinks, type ReplicationLink } from '../src/replication/link.ts';
import { ClusterSecrets } from '../src/replication/proof.ts';
import { TestCluster, until } from './cluster.ts';
import { as, createPerson, sendTo } from './people.ts';

const ORIGIN = 4711;
const payload = (text: string) => MessageCreated.encode({ conversationId: 'talk', text, sentAtMs: 1 }).finish();
const change = (seq: number, text: string, previous?: Uint8Array) =>
  encodeChange({ origin: ORIGIN, seq, hlc: seq }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: `mallory/${text}`, payload: payload(text) }, previous, []);

describe('forks', () => {
  let cluster: TestCluster;
  let link: ReplicationLink;
  const report = (entries: Report['entries'] = []): Report => ({
    replicaId: 'some-other-replica', process: 1, origin: ORIGIN, version: 1, since: 0, entries, hlc: 1, knownProcess: 0, knownVersion: 0, draining: false,
    address: '127.0.0.1:1', clusterId: cluster.get('server1').server.store.getLocal('cluster_id') ?? '', wallMs: 0,
  });
  beforeEach(async () => {
    cluster = await TestCluster.of('server1');
    link = grpcLinks(new ClusterSecrets(readFileSync(join(cluster.dir, 'secret'), 'utf8')))(cluster.get('server1').address);
  });
  afterEach(async () => {
    link.close();
    await cluster.close();
  });

  test('[F1] a run that does not follow by hash is refused, what is here stays, and the replica serves on', async () => {
    const { store } = cluster.get('server1').server;
    const one = change(1, 'one');
    await link.replicate({ report: report(), changes: [one.change] });
    await expect(link.replicate({ report: report(), changes: [change(1, 'other').change] })).rejects.toMatchObject({ code: 15 });
    await expect(link.replicate({ report: report(), changes: [change(2, 'two', new Uint8Array(16)).change] })).rejects.toMatchObject({ code: 15 });
    expect(store.vector.get(ORIGIN)).toMatchObject({ seq: 1, hash: one.hash });
    expect(cluster.fatal).toEqual([]);
    const { caller } = cluster.get('server1');
    const alice = await createPerson(caller, 'alice');
    await sendTo(as(caller, alice), alice, 'still here');
  });

  test('[F2] the process whose own origin others have another history of goes on under a new one', async () => {
    const { caller, server } = cluster.get('server1');
    const { origin = 0 } = server.store;
    await link.replicate({ report: report([{ origin, seq: 1, hash: new Uint8Array(16) }]), changes: [] });
    const alice = await createPerson(caller, 'alice');
    await sendTo(as(caller, alice), alice, 'note');
    expect(server.store.origin).not.toBe(origin);
    expect(cluster.fatal).toEqual([]);
  });

  test('[F2] a process that was put back, so that peers know a later state of it, goes on under a new number and origin', async () => {
    const { caller, server } = cluster.get('server1');
    const { origin = 0 } = server.store;
    const { process } = await link.join({ replicaId: 'some-other-replica', address: '127.0.0.1:1' });
    const known = async (knownVersion: number) => link.replicate({ report: { ...report(), knownProcess: process, knownVersion }, changes: [] });
    await known(server.store.version);
    expect((await link.join({ replicaId: 'x', address: '' })).process).toBe(process);
    const answer = await known(server.store.version + 1);
    expect(answer.report?.process).not.toBe(process);
    expect(answer.report?.since).toBe(0);
    const alice = await createPerson(caller, 'alice');
    await sendTo(as(caller, alice), alice, 'note');
    expect(server.store.origin).not.toBe(origin);
  });

  test('[O1] a process that meets somebody who knows more of its origin draws a new one', async () => {
    const { caller, server } = cluster.get('server1');
    const { origin = 0 } = server.store;
    const alice = await createPerson(caller, 'alice');
    await link.replicate({ report: report([{ origin, seq: 1000, hash: new Uint8Array(16) }]), changes: [] });
    await sendTo(as(caller, alice), alice, 'note');
    expect(server.store.origin).not.toBe(origin);
  });

  test('[C1] a change waits for its own predecessor and for what it depends on', async () => {
    const { store } = cluster.get('server1').server;
    const one = change(1, 'one');
    const two = change(2, 'two', one.hash);
    await link.replicate({ report: report(), changes: [two.change] });
    expect(store.vector.seq(ORIGIN)).toBe(0);
    await link.replicate({ report: report(), changes: [one.change] });
    await until(() => store.vector.seq(ORIGIN) === 2, 'both applied');
    const needs = { origin: 99, seq: 1, hash: new Uint8Array(16) };
    const three = encodeChange({ origin: ORIGIN, seq: 3, hlc: 3 }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: 'mallory/three', payload: payload('three') }, two.hash, [needs]);
    const { report: answer } = await link.replicate({ report: report(), changes: [three.change] });
    expect(answer?.entries.find((entry) => entry.origin === ORIGIN)?.seq).toBe(2);
  });

  test('a call without the proof of the secret, of another cluster, or with a change that contradicts itself is refused', async () => {
    const stranger = grpcLinks(new ClusterSecrets('x'.repeat(40)))(cluster.get('server1').address);
    await expect(stranger.join({ replicaId: 'x', address: 'x:1' })).rejects.toMatchObject({ code: 16 });
    await expect(stranger.pull({ report: report(), have: undefined })).rejects.toMatchObject({ code: 16 });
    stranger.close();
    await expect(link.replicate({ report: { ...report(), clusterId: 'another' }, changes: [] })).rejects.toMatchObject({ code: 9 });
    const one = change(1, 'one');
    await expect(link.replicate({ report: report(), changes: [{ ...one.change, payload: payload('forged') }] })).rejects.toMatchObject({ code: 3 });
    expect(cluster.get('server1').server.store.vector.seq(ORIGIN)).toBe(0);
  });
});
