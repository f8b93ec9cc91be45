import { Replica_Alarm } from '@parley/proto/chat';
import { TestCluster, until } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => cluster.close(), 20_000);

const { ALARM_CLOCK } = Replica_Alarm;
/** What a server says of another one's clock: seconds ahead, and its alarms. */
async function clockOf(name: string, as: string): Promise<[offsetS: number, alarms: Replica_Alarm[]]> {
  const { replicas } = await cluster.get(as).caller.call('getCluster', {});
  const replica = replicas.find((each) => each.name === name);
  // Without the sum a little less than 0 would be -0, which is not equal to 0 here.
  return [Math.round((replica?.clockOffsetMs ?? 0) / 1000) + 0, replica?.alarms ?? []];
}

test('[K3] a clock that is wrong is an alarm on each pair that it is wrong between, once, until it is set', async () => {
  cluster = new TestCluster();
  cluster.wallOffsetsMs.set('server2', 60_000);
  for (const name of ['server1', 'server2', 'server3']) await cluster.start(name);
  await cluster.settled();
  const told = () => cluster.logged.filter(({ alarm, msg }) => alarm === 'clock' && /set the one that is wrong/.test(msg)).map(({ server, peer }) => `${server}: ${peer}`);
  await until(() => told().length >= 4, 'the alarms');
  expect(await clockOf('server2', 'server1')).toEqual([60, [ALARM_CLOCK]]);
  expect(await clockOf('server1', 'server2')).toEqual([-60, [ALARM_CLOCK]]);
  expect(await clockOf('server3', 'server1')).toEqual([0, []]);
  const metrics = await (await fetch(`http://127.0.0.1:${cluster.get('server1').server.httpPort}/metrics`)).text();
  expect(metrics).toMatch(/^parley_peer_clock_offset_seconds\{replica="server2"\} (59\.|60)/m);
  expect(metrics).toContain('parley_alarm{kind="clock",replica="server2"} 1');
  expect(metrics).toMatch(/^parley_database_bytes [1-9]\d{4}/m);

  cluster.wallOffsetsMs.clear();
  await until(async () => (await Promise.all([clockOf('server2', 'server1'), clockOf('server2', 'server3')])).every(([, alarms]) => alarms.length === 0), 'the alarm to end');
  expect(told().sort()).toEqual(['server1: server2', 'server2: server1', 'server2: server3', 'server3: server2']);
}, 40_000);
