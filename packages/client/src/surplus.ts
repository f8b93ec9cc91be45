import type { MessageRow } from './rows.ts';

/**
 * So many of a conversation's newest messages stay in memory, however long the client runs and however much comes in: what a screen shows many
 * times over. Older ones that somebody loaded come on top.
 */
export const KEPT_MESSAGES = 1_000;

/** Of a conversation that was not opened: nobody sees them. */
export const KEPT_UNOPENED = 50;

/** Letting go of each one by itself would make all views anew with each message. */
const SLACK = 1.5;

/** Whether a conversation holds so many rows that it is worth while to look for surplus. */
export function isWorthLetting(held: number, keep: number): boolean {
  return held > keep * SLACK;
}

/**
 * How many of the oldest rows can go. `isNeeded` says which cannot: nothing above one of these goes either, so that what stays has no hole.
 * `rows`: in their order.
 */
export function surplusOf(rows: readonly MessageRow[], keep: number, isNeeded: (row: MessageRow) => boolean): number {
  const most = Math.max(0, rows.length - keep);
  const needed = rows.findIndex(isNeeded);
  return needed === -1 ? most : Math.min(most, needed);
}
