import type { Recorded } from './history.ts';
import type { Verdict } from './verdict.ts';

export interface Waits {
  /** Longest time from sending a message until a server acknowledged it: milliseconds. */
  readonly longestMs: number;
  /** The same, without messages that waited while all servers were killed at once. */
  readonly longestWithAServerMs: number;
}

const ALL_KILLED = 'kill -9 of all';

export function measureWaits(history: readonly Recorded[]): Waits {
  const sentAt = new Map<number, number>();
  const outages: { from: number; to: number }[] = [];
  const waits: { from: number; to: number }[] = [];
  for (const event of history) {
    if (event.type === 'invoke' && event.operation.f === 'send') sentAt.set(event.op, event.at);
    if (event.type === 'ok' && sentAt.has(event.op)) waits.push({ from: sentAt.get(event.op) ?? 0, to: event.at });
    if (event.type === 'fault' && event.what === ALL_KILLED) {
      if (event.phase === 'begins') outages.push({ from: event.at, to: Number.POSITIVE_INFINITY });
      else Object.assign(outages.at(-1) ?? {}, { to: event.at });
    }
  }
  const longest = (some: typeof waits) => some.reduce((most, { from, to }) => Math.max(most, to - from), 0);
  return { longestMs: longest(waits), longestWithAServerMs: longest(waits.filter(({ from, to }) => outages.every((outage) => to < outage.from || from > outage.to))) };
}

/** What a run came to, for people. `diskErrors`: how often a server said that it could not write. */
export function table(minutes: number, counts: ReadonlyMap<string, number>, diskErrors: number, verdict: Verdict, waits: Waits): string {
  const rows: [string, string][] = [
    ['minutes of faults', minutes.toFixed(1)],
    ...[...counts].map(([name, count]): [string, string] => [`  ${name}`, String(count)]),
    ['writes that a full disk refused', String(diskErrors)],
    ['writes acknowledged', String(verdict.acknowledged)],
    ['  refused for good', String(verdict.failed)],
    ['  unknown', `${verdict.unknown} (${verdict.unknownButStored} messages of them stored)`],
    ['lost', String(verdict.lost)],
    ['duplicates', String(verdict.duplicates)],
    ['pages read', `${verdict.reads} (${verdict.behindReads} said that they were behind, ${verdict.comparedReads} were compared with what their reader had seen)`],
    ['  acknowledged messages that a later page lacked', String(verdict.stale)],
    ['  acknowledged messages that were never read', String(verdict.neverRead)],
    ['longest wait for an acknowledgement', `${(waits.longestMs / 1000).toFixed(1)} s`],
    ['  while not all servers were killed', `${(waits.longestWithAServerMs / 1000).toFixed(1)} s`],
    ['broken promises', String(verdict.violations.length)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
