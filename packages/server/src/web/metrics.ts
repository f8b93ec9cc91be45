import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, Registry } from 'prom-client';

/** A peer, as it is measured. */
export interface PeerMetrics {
  readonly name: string;
  readonly up: boolean;
  readonly lagChanges: number;
  /** Age of the oldest change that it lacks: milliseconds. */
  readonly lagMs: number;
  readonly roundTripMs: number;
  /** Undefined: not known. */
  readonly clockOffsetMs: number | undefined;
}

/** What a replica tells of itself when it is asked. */
export interface MetricsSource {
  isReady(): boolean;
  peers(): readonly PeerMetrics[];
  /** Kind of alarm and name of the replica that it is about, for each that there is now. */
  alarms(): readonly { readonly kind: string; readonly replica: string }[];
  /** Live streams to clients that are open. */
  streams(): number;
  databaseBytes(): number;
  /** Changes that came from other replicas and wait for what they follow or depend on. */
  waitingChanges(): number;
}

export interface Metrics {
  readonly contentType: string;
  /** All metrics in Prometheus's text format. */
  text(): Promise<string>;
  close(): void;
}

const NS_PER_S = 1e9;
/** Delays are looked for this often: one shorter than a frame of a live stream does not matter. */
const DELAY_RESOLUTION_MS = 10;

/** Opens what Prometheus reads at `/metrics`. It tells names, numbers and sizes: nothing that anybody wrote, and no secrets. */
export function openMetrics(source: MetricsSource): Metrics {
  const registry = new Registry();
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  const gauge = (name: string, help: string, labelNames: readonly string[], set: (gauge: Gauge) => void) => {
    new Gauge({
      name: `parley_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset();
        set(this);
      },
    });
  };
  const ofPeers = (name: string, help: string, value: (peer: PeerMetrics) => number | undefined) => {
    gauge(name, help, ['replica'], (each) => {
      for (const peer of source.peers()) {
        const measured = value(peer);
        if (measured !== undefined) each.set({ replica: peer.name }, measured);
      }
    });
  };
  gauge('ready', '1 while this replica serves people', [], (each) => each.set(source.isReady() ? 1 : 0));
  ofPeers('peer_up', '1 while writes wait for this other replica', ({ up }) => (up ? 1 : 0));
  ofPeers('peer_lag_changes', 'changes that this replica has and the other one has not reported', ({ lagChanges }) => lagChanges);
  ofPeers('peer_lag_seconds', 'how long ago the oldest of those changes was made', ({ lagMs }) => lagMs / 1000);
  ofPeers('peer_round_trip_seconds', 'mean round trip to the other replica', ({ roundTripMs }) => roundTripMs / 1000);
  ofPeers('peer_clock_offset_seconds', "the other replica's wall clock minus this one's", ({ clockOffsetMs }) => clockOffsetMs !== undefined ? clockOffsetMs / 1000 : undefined);
  gauge('alarm', '1 for each alarm that there is now', ['kind', 'replica'], (each) => {
    for (const { kind, replica } of source.alarms()) each.set({ kind, replica }, 1);
  });
  gauge('streams', 'live streams that are open: about one for each browser or terminal in use', [], (each) => each.set(source.streams()));
  gauge('database_bytes', 'size of the database file and its write-ahead log', [], (each) => each.set(source.databaseBytes()));
  gauge('waiting_changes', 'changes from other replicas that wait here for what they follow or depend on', [], (each) => each.set(source.waitingChanges()));
  gauge('event_loop_delay_seconds', 'how long the process let events wait since the last reading', ['quantile'], (each) => {
    for (const quantile of [0.5, 0.99, 1]) each.set({ quantile }, delay.percentile(quantile * 100) / NS_PER_S);
    delay.reset();
  });
  return { contentType: registry.contentType, text: () => registry.metrics(), close: () => void delay.disable() };
}
