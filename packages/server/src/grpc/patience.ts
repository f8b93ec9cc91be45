import type { CallContext } from './handlers.ts';

/** An answer leaves so long before the caller's deadline, with the copies by then. */
const ANSWER_BEFORE_DEADLINE_MS = 150;
/** With no deadline given, a write does not wait longer for its copies. */
const MAX_WAIT_FOR_COPIES_MS = 10_000;

/** Milliseconds that a call may wait for copies, so that its answer is there before the caller gives up. */
export function patienceMs(call: CallContext, nowWallMs: number): number {
  return Math.max(0, Math.min(MAX_WAIT_FOR_COPIES_MS, call.deadlineMs - nowWallMs - ANSWER_BEFORE_DEADLINE_MS));
}
