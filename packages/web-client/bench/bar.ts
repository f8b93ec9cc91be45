/** One measurement and what it may be at most. */
export interface Bar {
  readonly what: string;
  readonly measured: number;
  readonly most: number;
  readonly unit: 'kB' | 'ms' | 'MB' | 's' | '';
  /** What the number is made of: how many runs, which of them counts. */
  readonly note?: string;
}

export function isKept({ measured, most }: Bar): boolean {
  // NaN, where nothing was measured, keeps no bar.
  return measured <= most;
}

/** `pass  typing to painted: 12 ms (bar: 50 ms; 95th of 100, 30 runs)`. */
export function describeBar(bar: Bar): string {
  const { what, measured, most, unit, note } = bar;
  const amount = (value: number): string => `${Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)}${unit === '' ? '' : ` ${unit}`}`;
  return `${isKept(bar) ? 'pass' : 'FAIL'}  ${what}: ${amount(measured)} (bar: ${amount(most)}${note === undefined ? '' : `; ${note}`})`;
}

/** The value below which that share of all lies: `quantile(values, 0.95)`. NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
