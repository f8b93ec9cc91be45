import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomId } from '../../packages/server/src/ids.ts';
import { ClusterSecrets } from '../../packages/server/src/replication/proof.ts';
import { systemTime } from '../../packages/server/src/stamp/clock.ts';
import { openDatabase } from '../../packages/server/src/store/database.ts';
import { Store } from '../../packages/server/src/store/store.ts';
import type { LocalCluster } from './local-cluster.ts';

/** Fills the database of a cluster's first replica before it starts for the first time; the others copy it then. */
export async function fillCluster({ replicas }: LocalCluster, fill: (store: Store) => Promise<void>): Promise<void> {
  const [first] = replicas;
  if (!first) throw new Error('the cluster has no replicas');
  const secret = readFileSync(join(dirname(first.dbFile), 'cluster-secret'), 'utf8').trim();
  const store = new Store({ databases: openDatabase(first.dbFile), time: systemTime });
  await store.setLocal('replica_id', randomId());
  await store.setLocal('cluster_id', new ClusterSecrets(secret).clusterId);
  await fill(store);
  store.close();
}
