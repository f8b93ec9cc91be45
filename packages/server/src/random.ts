import { randomBytes } from 'node:crypto';

/** Where random bytes come from; a simulation brings seeded ones. */
export type RandomBytes = (size: number) => Uint8Array;

export const systemRandom: RandomBytes = (size) => randomBytes(size);

/** A random number of 48 bits, never 0. */
export function random48(random: RandomBytes): number {
  for (;;) {
    const number = random(6).reduce((sum, byte) => sum * 256 + byte, 0);
    if (number !== 0) return number;
  }
}
