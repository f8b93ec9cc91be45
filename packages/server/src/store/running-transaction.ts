import { erase } from './change.ts';
import type { LoggedChange } from './log.ts';

interface Cut {
  readonly origin: number;
  readonly seq: number;
  /** How many changes the transaction had added by then. */
  readonly added: number;
}

/** What a transaction has done so far, and how to take back what it changed in memory. SQLite takes back the rest. */
export class RunningTransaction {
  /** Changes that it put into the log, in order. */
  added: LoggedChange[] = [];
  /** Arrivals of the changes whose text it took out of the log. */
  erased: number[] = [];
  /** Origins whose vector entry it moved. */
  moved = new Set<number>();
  /** Branches that it took out of the log. */
  cuts: Cut[] = [];
  #undo: (() => void)[] = [];
  #mark = { undo: 0, added: 0, erased: 0 };

  begin(): void {
    this.added = [];
    this.erased = [];
    this.moved = new Set();
    this.cuts = [];
    this.#undo = [];
  }

  /** What comes after this is taken back alone. */
  mark(): void {
    this.#mark = { undo: this.#undo.length, added: this.added.length, erased: this.erased.length };
  }

  /** `undo` takes back a change in memory that was just made. */
  onUndo(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Takes back what came after the mark, or all. */
  takeBack(whole: boolean): void {
    const to = whole ? { undo: 0, added: 0, erased: 0 } : this.#mark;
    for (const undo of this.#undo.splice(to.undo).reverse()) undo();
    this.added.length = to.added;
    this.erased.length = to.erased;
  }

  /** All changes of `origin` from `seq` on are taken out of the log. */
  cut(origin: number, seq: number): void {
    this.cuts.push({ origin, seq, added: this.added.length });
    this.onUndo(() => void this.cuts.pop());
  }

  /** The added changes as they stand in the log at the end: without those that were cut again, and without the texts that were taken out. */
  outcome(): LoggedChange[] {
    const erased = new Set(this.erased);
    const isCut = ({ header }: LoggedChange, at: number) => this.cuts.some((cut) => cut.origin === header.origin && cut.seq <= header.seq && at < cut.added);
    return this.added.filter((change, at) => !isCut(change, at)).map((change) => (erased.has(change.arrival) ? erase(change) : change));
  }
}
