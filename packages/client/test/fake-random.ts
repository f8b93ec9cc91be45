import type { Random } from '../src/random.ts';

/** Chance that tests choose. */
export class FakeRandom implements Random {
  /** What `fraction` gives. */
  next: number | (() => number) = 0.5;
  #count = 0;

  /** Never the same twice. */
  bytes(count: number): Uint8Array {
    this.#count += 1;
    const bytes = new Uint8Array(count);
    new DataView(bytes.buffer).setUint32(0, this.#count);
    return bytes;
  }

  fraction(): number {
    return typeof this.next === 'number' ? this.next : this.next();
  }
}
