import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Change, ChangeKind, MessageCreated, type Report } from '@parley/proto/replication';
import { grpcLinks } from '../src/replication/link.ts';
import { ClusterSecrets } from '../src/replication/proof.ts';
import { decodeChange, encodeChange } from '../src/store/change.ts';
import { TestCluster, until } from './cluster.ts';

const ORIGIN = 4711;
/** Field 1000 of a message, as a newer version may have added one. */
const UNKNOWN_FIELD = Buffer.from([0xc2, 0x3e, 3, 1, 2, 3]);

test('[V1] a kind of change and fields that no replica here knows are kept, passed on and merged around, byte for byte', async () => {
  const cluster = await TestCluster.of('server1');
  try {
    const { address, server } = cluster.get('server1');
    const newer = grpcLinks(new ClusterSecrets(readFileSync(join(cluster.dir, 'secret'), 'utf8')))(address);
    const report: Report = {
      replicaId: 'a-newer-replica', process: 1, origin: ORIGIN, version: 1, since: 0, entries: [], hlc: 1, knownProcess: 0, knownVersion: 0, draining: false,
      address: '127.0.0.1:1', clusterId: server.store.getLocal('cluster_id') ?? '', wallMs: 0,
    };
    const { change } = encodeChange({ origin: ORIGIN, seq: 1, hlc: 1 }, { kind: 99 as ChangeKind, key: 'what/ever', payload: Buffer.from('of a newer version') }, undefined, []);
    const unknown = decodeChange({ ...change, header: Buffer.concat([change.header, UNKNOWN_FIELD]) });
    const payload = Buffer.concat([MessageCreated.encode({ conversationId: 'talk', text: 'with more in it', sentAtMs: 1 }).finish(), UNKNOWN_FIELD]);
    const known = encodeChange({ origin: ORIGIN, seq: 2, hlc: 2 }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: 'mallory/m1', payload }, unknown.hash, []);
    await newer.replicate({ report, changes: [unknown.change, known.change] });
    newer.close();
    await cluster.start('server2');
    await until(() => cluster.get('server2').server.store.vector.seq(ORIGIN) === 2, 'server2 to have both');
    const sent = [unknown, known].map(({ change }) => Buffer.from(Change.encode(change).finish()));
    for (const name of ['server1', 'server2']) {
      const { store } = cluster.get(name).server;
      const kept = store.log.run(ORIGIN, 0, { changes: 10, bytes: 1e6 });
      expect(kept.map(({ change }) => Buffer.from(Change.encode(change).finish()))).toEqual(sent);
      expect(store.vector.get(ORIGIN)?.hash).toEqual(known.hash);
      expect(store.queries.messages.byKey('x', 'mallory', 'm1')).toMatchObject({ text: 'with more in it' });
      expect(store.log.hashAt(ORIGIN, 1)).toEqual(unknown.hash);
    }
    await cluster.settled();
  } finally {
    await cluster.close();
  }
}, 30_000);
