import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, Status } from '@parley/proto/status';
import { sqliteCode } from './store/damage.ts';

/** Every reason for which a call can fail, with its gRPC status: the same mistake gives the same code everywhere. */
const CODES = {
  INVALID_FIELD: status.INVALID_ARGUMENT,
  SESSION_INVALID: status.UNAUTHENTICATED,
  WRONG_CREDENTIALS: status.UNAUTHENTICATED,
  WRONG_PASSWORD: status.PERMISSION_DENIED,
  NOT_THE_SENDER: status.PERMISSION_DENIED,
  USERNAME_TAKEN: status.ALREADY_EXISTS,
  MESSAGE_ID_USED: status.ALREADY_EXISTS,
  EDIT_ID_USED: status.ALREADY_EXISTS,
  MESSAGE_DELETED: status.FAILED_PRECONDITION,
  TOO_MANY_EDITS: status.FAILED_PRECONDITION,
  ACCOUNT_NOT_FOUND: status.NOT_FOUND,
  CONVERSATION_NOT_FOUND: status.NOT_FOUND,
  MESSAGE_NOT_FOUND: status.NOT_FOUND,
  REPLICA_NOT_FOUND: status.NOT_FOUND,
  TOO_MANY_ATTEMPTS: status.RESOURCE_EXHAUSTED,
  STARTING: status.UNAVAILABLE,
  DRAINING: status.UNAVAILABLE,
  NOT_HERE: status.UNAVAILABLE,
  STREAM_ENDED: status.UNAVAILABLE,
  STORAGE_FAILED: status.UNAVAILABLE,
  WRONG_PROOF: status.UNAUTHENTICATED,
  OTHER_CLUSTER: status.FAILED_PRECONDITION,
  FORKED: status.DATA_LOSS,
  COPY_GONE: status.NOT_FOUND,
  NO_ROOM: status.RESOURCE_EXHAUSTED,
  NO_FILE: status.UNIMPLEMENTED,
  INTERNAL: status.INTERNAL,
} as const satisfies Record<string, status>;

export type Reason = keyof typeof CODES;

/** A refusal that the caller is told of. `message` is for people and says what to do next. */
export class Refusal extends Error {
  readonly reason: Reason;
  /** Wrong fields of the request, and what is wrong with each. */
  readonly fields: readonly { readonly field: string; readonly description: string }[];

  constructor(reason: Reason, message: string, fields: Refusal['fields'] = []) {
    super(message);
    this.reason = reason;
    this.fields = fields;
  }

  get code(): status {
    return CODES[this.reason];
  }
}

/** A request's field is wrong: INVALID_ARGUMENT, with a BadRequest that names it. */
export function invalid(field: string, description: string): Refusal {
  return new Refusal('INVALID_FIELD', description, [{ field, description }]);
}

/** The disk is full or broken, as SQLite says it: another replica can take the request. */
function isStorageFailure(error: unknown): boolean {
  return /^SQLITE_(FULL|IOERR|READONLY|CORRUPT|CANTOPEN)/.test(sqliteCode(error));
}

function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (isStorageFailure(error)) return new Refusal('STORAGE_FAILED', 'This server cannot write to its disk. Use another server; its operator has to look at it.');
  return new Refusal('INTERNAL', 'Something went wrong on this server. Try again; the server log has the details.');
}

/** A failure as gRPC carries it. An unexpected one is told without its text: that is for the log. */
export function toServiceError(error: unknown, domain: 'parley.chat' | 'parley.replication'): ServiceError {
  const refusal = refusalFor(error);
  const metadata = new Metadata();
  const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: ErrorInfo.encode({ reason: refusal.reason, domain }).finish() }];
  if (refusal.fields.length > 0) {
    details.push({ typeUrl: 'type.googleapis.com/google.rpc.BadRequest', value: BadRequest.encode({ fieldViolations: [...refusal.fields] }).finish() });
  }
  metadata.set('grpc-status-details-bin', Buffer.from(Status.encode({ code: refusal.code, message: refusal.message, details }).finish()));
  return Object.assign(new Error(refusal.message), { code: refusal.code, details: refusal.message, metadata });
}
