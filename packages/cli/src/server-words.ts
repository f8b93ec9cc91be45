import type { ServerHealth, ServerView } from '@parley/client/api';

const HEALTH: Readonly<Record<ServerHealth, string>> = { live: 'Live', suspect: 'Suspect', draining: 'Draining', dead: 'Dead', unknown: 'Not asked yet' };

/** As the page says it. */
export function healthWord(health: ServerHealth): string {
  return HEALTH[health];
}

/** `4 ms`; empty where it is not known. */
export function roundTripWords(ms: number | undefined): string {
  return ms === undefined ? '' : `${ms < 1 ? '<1' : Math.round(ms)} ms`;
}

/** `up to date`, or `14 changes, 1.2 s`: what it lacks, and how long ago the oldest of that was made, where that is known. Empty where nothing is. */
export function lagWords(changes: number | undefined, ms: number | undefined): string {
  if (changes === undefined) return '';
  if (changes === 0) return 'up to date';
  const count = `${changes} ${changes === 1 ? 'change' : 'changes'}`;
  return ms ? `${count}, ${secondsWords(ms)}` : count;
}

/** `0.4 s`, `12 s`. */
function secondsWords(ms: number): string {
  const seconds = ms / 1_000;
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}

/** `12 kB`, as `du -h --si` would. */
export function sizeWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const amount = bytes / 1_000 ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[power]}`;
}

/** What `--json` tells of a server. */
export function serverJson({ name, url, health, inUse, roundTripMs, lagChanges, lagMs }: ServerView): Readonly<Record<string, unknown>> {
  return { name, address: url, health, inUse, roundTripMs, lagChanges, lagMs };
}
