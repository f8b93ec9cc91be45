/**
 * The smallest that one would write by hand, to compare protobuf with: no tags, no types, fields in a fixed order; lengths and
 * counts of one byte, or a 255 and two bytes; numbers as doubles.
 */
export class HandPacker {
  readonly #parts: Buffer[] = [];

  get length(): number {
    return this.finish().length;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  byte(value: number): this {
    return this.#add(Buffer.of(value));
  }

  number(value: number): this {
    const part = Buffer.alloc(8);
    part.writeDoubleBE(value);
    return this.#add(part);
  }

  blob(value: Uint8Array): this {
    return this.#count(value.length).#add(Buffer.from(value));
  }

  text(value: string): this {
    return this.blob(Buffer.from(value));
  }

  list<T>(items: readonly T[], pack: (item: T, to: this) => void): this {
    this.#count(items.length);
    for (const item of items) pack(item, this);
    return this;
  }

  #count(count: number): this {
    return this.#add(count < 255 ? Buffer.of(count) : Buffer.of(255, count >> 8, count & 255));
  }

  #add(part: Buffer): this {
    this.#parts.push(part);
    return this;
  }
}
