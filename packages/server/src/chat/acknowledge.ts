import type { CallContext } from '../grpc/handlers.ts';
import { patienceMs } from '../grpc/patience.ts';
import type { Copies } from '../replication/copies.ts';
import type { ChatParts } from './parts.ts';

/** Milliseconds that a call may wait for copies, so that its answer is there before the caller gives up. */
export function patience({ time }: ChatParts, call: CallContext): number {
  return patienceMs(call, time.wallMs());
}

/** Waits until each replica that is up has the write, or the caller's deadline is near; tells how many have it. */
export function acknowledge(parts: ChatParts, call: CallContext, write: { origin: number; seq: number }): Promise<Copies> {
  return parts.replication.waitForCopies(write, patience(parts, call));
}
