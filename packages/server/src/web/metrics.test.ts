import { type MetricsSource, openMetrics } from './metrics.ts';

const source: MetricsSource = {
  isReady: () => true,
  peers: () => [
    { name: 'server2', up: true, lagChanges: 0, lagMs: 0, roundTripMs: 4, clockOffsetMs: -1500 },
    { name: 'server3', up: false, lagChanges: 14, lagMs: 1200, roundTripMs: 0, clockOffsetMs: undefined },
  ],
  alarms: () => alarms,
  streams: () => 7,
  databaseBytes: () => 4096,
  waitingChanges: () => 3,
};
let alarms: { kind: string; replica: string }[] = [];

test('metrics are what the replica tells at that moment, in Prometheus’s format', async () => {
  const metrics = openMetrics(source);
  alarms = [{ kind: 'clock', replica: 'server2' }];
  const lines = (await metrics.text()).split('\n');
  for (const line of [
    'parley_ready 1',
    'parley_peer_up{replica="server2"} 1',
    'parley_peer_up{replica="server3"} 0',
    'parley_peer_lag_changes{replica="server3"} 14',
    'parley_peer_lag_seconds{replica="server3"} 1.2',
    'parley_peer_round_trip_seconds{replica="server2"} 0.004',
    'parley_peer_clock_offset_seconds{replica="server2"} -1.5',
    'parley_alarm{kind="clock",replica="server2"} 1',
    'parley_streams 7',
    'parley_database_bytes 4096',
    'parley_waiting_changes 3',
  ]) expect(lines).toContain(line);
  expect(lines.join()).not.toContain('clock_offset_seconds{replica="server3"}');
  expect(lines.some((line) => /^parley_event_loop_delay_seconds\{quantile="0.99"\} [\d.e-]+$/.test(line))).toBe(true);
  alarms = [];
  expect(await metrics.text()).not.toContain('parley_alarm{');
  metrics.close();
});
