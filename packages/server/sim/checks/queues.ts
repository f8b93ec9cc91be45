import { MAX_QUEUED, type Waiting } from '../../src/replication/receive.ts';
import type { Counters } from '../counters.ts';
import type { Machine, Running } from '../machine.ts';

/** How often the queues are looked at, in virtual time. */
export const LOOK_AT_QUEUES_EVERY_MS = 250;
/** A change that lacks nothing is applied within this; a slow disk takes up to 3 s for each of two commits. */
const READY_MS = 8000;

/**
 * What waits in a replica's queues of received changes: never more than its bound, and never for nothing: the change that is the
 * next one of its origin is not here, or something that it depends on is not.
 */
export class Queues {
  readonly #counters: Counters;
  /** Processes' queues whose first change lacks nothing, by origin: which change that is, and since when. */
  readonly #ready = new WeakMap<Running, Map<number, { readonly seq: number; readonly sinceMs: number }>>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** Undefined, or what is wrong. */
  check({ name, running, disk }: Machine, nowMs: number): string | undefined {
    if (!running) return undefined;
    const before = this.#ready.get(running);
    const ready = new Map<number, { seq: number; sinceMs: number }>();
    for (const waiting of running.replica.waiting()) {
      const { origin, seqs } = waiting;
      // The next change of an origin is taken however full its queue is.
      if (seqs.length > MAX_QUEUED + 1) return `${name} queues ${seqs.length} changes of one origin`;
      if (seqs.length >= MAX_QUEUED) this.#counters.count('queue: full');
      const seq = running.store.vector.seq(origin) + 1;
      this.#counters.count(`queue: waits for ${reasonOf(waiting, seq)}`);
      if (disk.isFull || reasonOf(waiting, seq) !== 'its commit') continue;
      const known = before?.get(origin);
      const sinceMs = known?.seq === seq ? known.sinceMs : nowMs;
      if (nowMs - sinceMs > READY_MS) return `${name} has queued ${seqs.join()} of origin ${origin} for ${READY_MS} ms, where ${seq} is the next and lacks nothing`;
      ready.set(origin, { seq, sinceMs });
    }
    this.#ready.set(running, ready);
    return undefined;
  }
}

function reasonOf({ seqs, lacking }: Waiting, next: number): 'what it follows' | 'what it depends on' | 'its commit' {
  if (lacking.length > 0) return 'what it depends on';
  return seqs.every((seq) => seq > next) ? 'what it follows' : 'its commit';
}

/** What is queued at a cluster that is level; undefined: nothing. */
export function whatIsQueued({ name, running }: Machine): string | undefined {
  const waiting = running?.replica.waiting() ?? [];
  return waiting.length === 0 ? undefined : `${name} still queues ${waiting.map(({ origin, seqs }) => `${seqs.join(' ')} of origin ${origin % 10_000}, of which it has ${running?.store.vector.seq(origin)}`).join('; ')}`;
}
