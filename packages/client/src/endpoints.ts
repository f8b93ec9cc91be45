import type { Random } from './random.ts';

/** What the choice of server rests on. Times are monotonic milliseconds. */
export interface Endpoint {
  readonly address: string;
  /** In a row, since its last answer. */
  readonly failures: number;
  /** It is not tried before. */
  readonly retryAt: number;
  /** Smoothed; undefined before the first measurement. */
  readonly roundTripMs: number | undefined;
}

const FIRST_BACKOFF_MS = 250;
/** A server that comes back is used within this. */
const LONGEST_BACKOFF_MS = 5_000;

/** Long enough for a write on a server that waits for peers: it answers shortly before this deadline, with the copies by then. */
const PATIENCE_MS = 1_500;
const PATIENCE_ROUND_TRIPS = 4;

/** A single slow answer must not make a near server look far. */
const NEW_SAMPLE_WEIGHT = 0.3;

/** Round trips that differ by less say nothing about which server is nearer. */
const EQUAL_WITHIN_MS = 10;
const EQUAL_WITHIN_FACTOR = 1.5;

export function newEndpoint(address: string): Endpoint {
  return { address, failures: 0, retryAt: 0, roundTripMs: undefined };
}

/** It answered. `sampleMs`: the round trip, where it was measured. */
export function answered(endpoint: Endpoint, sampleMs: number | undefined): Endpoint {
  const before = endpoint.roundTripMs;
  const roundTripMs = sampleMs === undefined || before === undefined ? (sampleMs ?? before) : before + NEW_SAMPLE_WEIGHT * (sampleMs - before);
  return { ...endpoint, failures: 0, retryAt: 0, roundTripMs };
}

export function failed(endpoint: Endpoint, now: number, random: Random): Endpoint {
  const failures = endpoint.failures + 1;
  return { ...endpoint, failures, retryAt: now + backoffMs(failures, random) };
}

/** May be tried at once, whatever was before: the network came back, or somebody asked for it. */
export function forgiven(endpoint: Endpoint): Endpoint {
  return { ...endpoint, retryAt: 0 };
}

/** Exponential backoff with full jitter: 0 to 250 ms after the first failure, doubling to 5 s, so that clients of a dead server do not come back in step. */
export function backoffMs(failures: number, random: Random): number {
  return random.fraction() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
}

/** How long a call on this server may take. */
export function deadlineMs(endpoint: Endpoint | undefined): number {
  return PATIENCE_MS + PATIENCE_ROUND_TRIPS * (endpoint?.roundTripMs ?? 0);
}

export function isAvailable(endpoint: Endpoint, now: number): boolean {
  return endpoint.retryAt <= now;
}

/**
 * Which server next: the one in use while it does well; else one of those that answer fastest, at random among equals,
 * so that not all clients of a dead server rush to the same next one; else one whose backoff is over. Undefined: none can be tried now.
 */
export function choose(
  endpoints: readonly Endpoint[],
  inUse: string | undefined,
  exclude: ReadonlySet<string>,
  now: number,
  random: Random,
): Endpoint | undefined {
  const candidates = endpoints.filter((endpoint) => !exclude.has(endpoint.address) && isAvailable(endpoint, now));
  const well = candidates.filter((endpoint) => endpoint.failures === 0);
  const kept = well.find((endpoint) => endpoint.address === inUse);
  if (kept) return kept;
  const equals = fastest(well.length > 0 ? well : candidates);
  return equals[Math.floor(random.fraction() * equals.length)];
}

/** One that was never measured may be anywhere, so any that was measured goes before it. */
function fastest(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const least = Math.min(...endpoints.map((endpoint) => endpoint.roundTripMs ?? Infinity));
  if (least === Infinity) return endpoints;
  const limit = Math.max(least + EQUAL_WITHIN_MS, least * EQUAL_WITHIN_FACTOR);
  return endpoints.filter((endpoint) => (endpoint.roundTripMs ?? Infinity) <= limit);
}
