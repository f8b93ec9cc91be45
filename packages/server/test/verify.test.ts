import { Replica_Alarm, Replica_Tables } from '@parley/proto/chat';
import { PeerTables_Outcome, type VerifyResponse, VerifyResponse_Outcome } from '@parley/proto/replication';
import Database from '@parley/sqlite';
import type { ReplicationLink } from '../src/replication/link.ts';
import { TestCluster } from './cluster.ts';
import { fill } from './fill.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';

const NAMES = ['server1', 'server2', 'server3'];

describe('proof of convergence', () => {
  let cluster: TestCluster;
  let alice: Person;
  let links: ReplicationLink[];

  beforeEach(async () => {
    cluster = await TestCluster.of(...NAMES);
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    await fill(cluster.get('server2').server.store, 500);
    await cluster.settled();
    links = [];
  }, 30_000);
  afterEach(async () => {
    for (const link of links) link.close();
    await cluster.close();
  }, 20_000);

  /** Has a replica compare itself with its log and with all others, as an operator's command does; resolves once it is done. */
  const verify = async (name: string): Promise<VerifyResponse> => {
    const { server } = cluster.get(name);
    const link = cluster.linkTo(name);
    links.push(link);
    const clusterId = server.store.getLocal('cluster_id') ?? '';
    for (let run = 0; ; ) {
      const answer = await link.verify({ clusterId, at: undefined, everyone: true, run });
      if (answer.outcome !== VerifyResponse_Outcome.OUTCOME_RUNNING) return answer;
      run = answer.run;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const outcomes = ({ peers }: VerifyResponse) => Object.fromEntries(peers.map(({ name, outcome }) => [name, outcome]));
  const shownBy = async (name: string) => {
    const { replicas } = await cluster.get(name).caller.call('getCluster', {});
    return Object.fromEntries(replicas.map((replica) => [replica.name, replica.tables]));
  };

  test('[G2] [G3] equal replicas are proven equal, also while people write', async () => {
    let isDone = false;
    const writing = (async () => {
      let sent = 0;
      for (; !isDone; sent++) await sendTo(as(cluster.get(NAMES[sent % 3] ?? '').caller, alice), alice, `message ${sent}`);
      return sent;
    })();
    const answer = await verify('server1');
    isDone = true;
    expect(await writing).toBeGreaterThan(0);
    expect(answer.outcome).toBe(VerifyResponse_Outcome.OUTCOME_EQUAL);
    expect(outcomes(answer)).toEqual({ server2: PeerTables_Outcome.OUTCOME_EQUAL, server3: PeerTables_Outcome.OUTCOME_EQUAL });
    expect(await shownBy('server1')).toEqual({ server1: Replica_Tables.TABLES_EQUAL, server2: Replica_Tables.TABLES_EQUAL, server3: Replica_Tables.TABLES_EQUAL });
    expect(await shownBy('server2')).toEqual({ server1: Replica_Tables.TABLES_UNSPECIFIED, server2: Replica_Tables.TABLES_UNSPECIFIED, server3: Replica_Tables.TABLES_UNSPECIFIED });
  }, 40_000);

  test('[G3] a row that was changed behind a replica is found by itself and by the others, shown by both, and mended by a rebuild', async () => {
    const meddler = new Database(cluster.get('server2').dbFile);
    meddler.exec("UPDATE messages SET text = 'never written' WHERE row = 11");
    meddler.close();
    const own = await verify('server2');
    expect(own.outcome).toBe(VerifyResponse_Outcome.OUTCOME_DIFFERS);
    expect(outcomes(own)).toEqual({ server1: PeerTables_Outcome.OUTCOME_EQUAL, server3: PeerTables_Outcome.OUTCOME_EQUAL });
    const other = await verify('server1');
    expect(other.outcome).toBe(VerifyResponse_Outcome.OUTCOME_EQUAL);
    expect(outcomes(other)).toEqual({ server2: PeerTables_Outcome.OUTCOME_DIFFERS, server3: PeerTables_Outcome.OUTCOME_EQUAL });
    for (const name of ['server1', 'server2']) expect(await shownBy(name)).toMatchObject({ server1: Replica_Tables.TABLES_EQUAL, server2: Replica_Tables.TABLES_DIFFER });
    const { replicas } = await cluster.get('server1').caller.call('getCluster', {});
    expect(replicas.filter(({ alarms }) => alarms.includes(Replica_Alarm.ALARM_TABLES)).map(({ name }) => name)).toEqual(['server2']);
    expect(cluster.logged.filter(({ alarm }) => alarm === 'tables').map(({ server, msg }) => [server, /parley-server rebuild/.test(msg)])).toEqual([['server2', true], ['server1', true]]);
    await cluster.get('server2').server.store.rebuild();
    expect(outcomes(await verify('server1'))).toMatchObject({ server2: PeerTables_Outcome.OUTCOME_EQUAL });
    expect(await shownBy('server1')).toMatchObject({ server2: Replica_Tables.TABLES_EQUAL });
  }, 40_000);

  test('[G3] a replica that does not answer is not compared, and does not keep the others from it', async () => {
    await cluster.stop('server3');
    const answer = await verify('server1');
    expect(outcomes(answer)).toEqual({ server2: PeerTables_Outcome.OUTCOME_EQUAL, server3: PeerTables_Outcome.OUTCOME_NOT_COMPARED });
    expect(await shownBy('server1')).toMatchObject({ server3: Replica_Tables.TABLES_UNSPECIFIED });
  }, 40_000);
});
