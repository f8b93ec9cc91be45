/**
 * A seeded stream of chance: sfc32 (Chris Doty-Humphrey, PractRand). Streams are split by name, so that what one part of the
 * simulation draws does not shift what another one gets.
 */
export class Chance {
  readonly #name: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(name: string) {
    this.#name = name;
    [this.#a, this.#b, this.#c] = seedsOf(name);
    for (let i = 0; i < 12; i++) this.#next();
  }

  /** Another stream, which depends on this one's name alone. */
  split(name: string | number): Chance {
    return new Chance(`${this.#name}/${name}`);
  }

  /** From 0 to 1, without 1. */
  fraction(): number {
    return this.#next() / 0x1_0000_0000;
  }

  /** From `low` to `high`, without `high`. */
  between(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.fraction() * count);
  }

  /** True with that probability. */
  hits(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of them; undefined of none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#next() & 0xff);
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

function seedsOf(text: string): [number, number, number] {
  return [hash32(text, 0x9e3779b9), hash32(text, 0x243f6a88), hash32(text, 0xb7e15162)];
}

/** FNV-1a with a finalizer (Murmur3's): enough to tell texts apart. */
export function hash32(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
