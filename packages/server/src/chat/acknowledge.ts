import type { Copies } from '../replication/copies.ts';
import type { CallContext } from '../grpc/handlers.ts';
import { ANSWER_BEFORE_DEADLINE_MS, MAX_WAIT_FOR_COPIES_MS } from './limits.ts';
import type { ChatParts } from './parts.ts';

/** Milliseconds that a call may wait for copies, so that its answer is there before the caller gives up. */
export function patience({ time }: ChatParts, call: CallContext): number {
  return Math.max(0, Math.min(MAX_WAIT_FOR_COPIES_MS, call.deadlineMs - time.wallMs() - ANSWER_BEFORE_DEADLINE_MS));
}

/** Waits until each replica that is up has the write, or the caller's deadline is near; tells how many have it. */
export function acknowledge(parts: ChatParts, call: CallContext, write: { origin: number; seq: number }): Promise<Copies> {
  return parts.replication.waitForCopies(write, patience(parts, call));
}
