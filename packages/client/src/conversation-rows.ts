import { comparePositions, type MessageRow, messageKey } from './rows.ts';

/** A change copies one block: small enough for that to cost nothing, large enough for a long conversation to have few of them. */
const MOST_IN_BLOCK = 256;

/** A stretch of a conversation, never empty. It is never changed: where something about one of its messages does, another block takes its place. */
export type Block = readonly MessageRow[];

/**
 * The rows of one conversation: by key, and in their order in blocks. What is made of a block holds as long as the block is there, so that a change costs what
 * one block does, however long the conversation.
 */
export class ConversationRows {
  readonly #byKey = new Map<string, MessageRow>();
  readonly #blocks: Block[] = [];
  /** By the key of what they answer: keys of rows. */
  readonly #answers = new Map<string, Set<string>>();

  get size(): number {
    return this.#byKey.size;
  }

  /** In their order. */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** All rows in their order. */
  all(): MessageRow[] {
    return ([] as MessageRow[]).concat(...this.#blocks);
  }

  get(key: string): MessageRow | undefined {
    return this.#byKey.get(key);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** The rows that answer a message, which need not be here itself. */
  answersTo(key: string): MessageRow[] {
    return [...(this.#answers.get(key) ?? [])].flatMap((answer) => this.#byKey.get(answer) ?? []);
  }

  /** Adds a row, or puts it in the place of the one with its key. */
  put(row: MessageRow): void {
    const key = messageKey(row);
    const held = this.#byKey.get(key);
    if (held === row) return;
    if (held && comparePositions(held.position, row.position) === 0) {
      this.#replace(held, row);
    } else {
      if (held) this.#takeOut(held);
      this.#insert(row);
    }
    this.#byKey.set(key, row);
    if (held) this.#unlink(held);
    this.#link(row);
  }

  delete(key: string): void {
    const held = this.#byKey.get(key);
    if (!held) return;
    this.#takeOut(held);
    this.#byKey.delete(key);
    this.#unlink(held);
  }

  /** Something about a message changed that its row does not say, and so about what its answers show. False: it is not here, nor is any answer to it. */
  renew(key: string): boolean {
    const row = this.#byKey.get(key);
    const concerned = row ? [row, ...this.answersTo(key)] : this.answersTo(key);
    for (const each of concerned) this.#replace(each, each);
    return concerned.length > 0;
  }

  /** The same for all messages of which it is so. */
  renewWhere(isConcerned: (row: MessageRow) => boolean): void {
    this.#blocks.forEach((block, index) => {
      if (block.some(isConcerned)) this.#blocks[index] = block.slice();
    });
  }

  #replace(held: MessageRow, row: MessageRow): void {
    const { index, block, at } = this.#find(held);
    this.#blocks[index] = block.with(at, row);
  }

  #takeOut(row: MessageRow): void {
    const { index, block, at } = this.#find(row);
    if (block.length === 1) this.#blocks.splice(index, 1);
    else this.#blocks[index] = block.toSpliced(at, 1);
  }

  #insert(row: MessageRow): void {
    const { index, block, at } = this.#find(row);
    if (block.length < MOST_IN_BLOCK) {
      this.#blocks.splice(index, 1, block.toSpliced(at, 0, row));
    } else {
      // Mostly at one of the ends, as messages come: what is full stays as it is.
      const parts = [block.slice(0, at), [row], block.slice(at)];
      this.#blocks.splice(index, 1, ...parts.filter((part) => part.length > 0).map((part) => (part.length === block.length ? block : part)));
    }
  }

  /** Where a row is, or belongs: in which block (an empty one where there is none yet), at which place of it. */
  #find(row: MessageRow): { readonly index: number; readonly block: Block; readonly at: number } {
    const index = Math.max(0, firstWhere(this.#blocks, ([first]) => first !== undefined && compareRows(first, row) > 0) - 1);
    const block = this.#blocks[index] ?? [];
    return { index, block, at: firstWhere(block, (each) => compareRows(each, row) >= 0) };
  }

  #link(row: MessageRow): void {
    if (!row.replyTo) return;
    const question = messageKey(row.replyTo);
    const answers = this.#answers.get(question) ?? new Set();
    this.#answers.set(question, answers.add(messageKey(row)));
  }

  #unlink(row: MessageRow): void {
    if (!row.replyTo) return;
    const question = messageKey(row.replyTo);
    const answers = this.#answers.get(question);
    answers?.delete(messageKey(row));
    if (answers?.size === 0) this.#answers.delete(question);
  }
}

/** Two messages never stand at one place; were a server to say so, they would still have an order. */
function compareRows(a: MessageRow, b: MessageRow): number {
  return comparePositions(a.position, b.position) || compareKeys(messageKey(a), messageKey(b));
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The first index of which it is so, where it is so of all that follow; the length where it is so of none. */
export function firstWhere<Item>(items: readonly Item[], isSo: (item: Item) => boolean): number {
  let from = 0;
  let to = items.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (isSo(items[middle] as Item)) to = middle;
    else from = middle + 1;
  }
  return from;
}
