import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The seeds that failed once. Throws where the file says anything else. */
export function failedSeeds(): number[] {
  const text = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'failed-seeds.txt'), 'utf8');
  return parseSeeds(text);
}

/** One seed a line, and what it found after it; lines that begin with `#` are for people. */
export function parseSeeds(text: string): number[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const seed = Number(line.trim().split(/\s/)[0]);
    if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`packages/server/sim/failed-seeds.txt: '${line}' does not begin with a seed`);
    return seed;
  });
}
