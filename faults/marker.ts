import type { SeededRandom } from './random.ts';

const MARKER = /parley-fault-[0-9a-f]{12}/g;
const FILLER = 'the quick brown fox jumps over the lazy dog and runs on along the river until it is dark ';

/** A text that nobody else writes, of some length, that can be found again in a file. */
export function markedText(random: SeededRandom): string {
  const number = Math.floor(random.next() * 2 ** 24).toString(16).padStart(6, '0') + Math.floor(random.next() * 2 ** 24).toString(16).padStart(6, '0');
  return `parley-fault-${number} ${FILLER.slice(0, Math.floor(random.between(3, FILLER.length))).trimEnd()}`;
}

/** The marker of a text that `markedText` made. */
export function markerOf(text: string): string {
  return text.match(MARKER)?.[0] ?? '';
}

/** All markers in a file's bytes, whatever else is there. */
export function markersIn(bytes: Buffer): Set<string> {
  return new Set(bytes.toString('latin1').match(MARKER));
}
