/** How often what happened in one run: proof that rare paths ran. */
export class Counters {
  readonly counts = new Map<string, number>();

  count(event: string, by = 1): void {
    this.counts.set(event, (this.counts.get(event) ?? 0) + by);
  }
}

/** The same over many runs. */
export class Totals {
  readonly #events = new Map<string, { total: number; runs: number }>();

  add(counts: Iterable<readonly [string, number]>): void {
    for (const [event, count] of counts) {
      const known = this.#events.get(event) ?? { total: 0, runs: 0 };
      this.#events.set(event, { total: known.total + count, runs: known.runs + 1 });
    }
  }

  /** One line an event: how often in all, in how many runs. */
  table(): string[] {
    const rows = [...this.#events].sort(([a], [b]) => (a < b ? -1 : 1));
    const width = Math.max(0, ...rows.map(([event]) => event.length));
    return rows.map(([event, { total, runs }]) => `${event.padEnd(width)}  ${String(total).padStart(9)}  in ${String(runs).padStart(7)} runs`);
  }
}
