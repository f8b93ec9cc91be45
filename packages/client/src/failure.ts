import { BadRequest, ErrorInfo, Status } from '@parley/proto/status';
import type { ParleyFailure } from './api.ts';

/** gRPC status codes that the client tells apart. */
export const GrpcCode = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** A call or stream that failed, as its transport saw it. */
export class CallError extends Error {
  override readonly name = 'CallError';
  /** gRPC status code. */
  readonly code: number;
  /** The server's ErrorInfo reason; undefined: the error does not come from a Parley server's handler, or its details were lost on the way. */
  readonly reason: string | undefined;
  /** Field of the request → what is wrong with it. */
  readonly fields: ReadonlyMap<string, string>;
  /** Something answered that does not speak gRPC. */
  readonly notGrpc: boolean;

  /** `details`: bytes of the google.rpc.Status in the metadata `grpc-status-details-bin`. */
  constructor(code: number, message: string, options: { readonly details?: Uint8Array | undefined; readonly notGrpc?: boolean } = {}) {
    super(message);
    this.code = code;
    this.notGrpc = options.notGrpc ?? false;
    ({ reason: this.reason, fields: this.fields } = readDetails(options.details));
  }
}

function readDetails(details: Uint8Array | undefined): { reason: string | undefined; fields: ReadonlyMap<string, string> } {
  let reason: string | undefined;
  const fields = new Map<string, string>();
  try {
    for (const { typeUrl, value } of details ? Status.decode(details).details : []) {
      if (typeUrl.endsWith('/google.rpc.ErrorInfo')) reason = ErrorInfo.decode(value).reason;
      if (typeUrl.endsWith('/google.rpc.BadRequest')) {
        for (const { field, description } of BadRequest.decode(value).fieldViolations) fields.set(field, description);
      }
    }
  } catch {
    // Details that cannot be read are as good as none: code and message still hold.
  }
  return { reason, fields };
}

/** What an error means for the choice of server. */
export type Verdict =
  /** The server does not answer: the next one, and this one is tried again later. */
  | 'gone'
  /** It lives but serves nobody now (starting, draining): the next one, for all calls. */
  | 'aside'
  /** It lives but cannot do this one thing now: the next one, for this call. */
  | 'elsewhere'
  /** It ended a stream that had lived long enough: the same one again. */
  | 'renew'
  | 'unauthenticated'
  | 'cancelled'
  /** An answer; every server would give it. */
  | 'refused';

export function verdictOf(error: unknown): Verdict {
  if (!(error instanceof CallError)) return 'refused';
  switch (error.code) {
    case GrpcCode.CANCELLED:
      return 'cancelled';
    case GrpcCode.DEADLINE_EXCEEDED:
      return 'gone';
    case GrpcCode.UNAUTHENTICATED:
      return 'unauthenticated';
    case GrpcCode.UNKNOWN:
    case GrpcCode.INTERNAL:
      // Parley's handlers always give a reason. Without one the connection broke, or something between failed.
      return error.reason === undefined ? 'gone' : 'refused';
    case GrpcCode.UNAVAILABLE:
      if (error.reason === undefined) return 'gone';
      if (error.reason === 'STREAM_ENDED') return 'renew';
      return error.reason === 'STARTING' || error.reason === 'DRAINING' ? 'aside' : 'elsewhere';
    default:
      return 'refused';
  }
}

const FINAL_CODES: ReadonlySet<number> = new Set([
  GrpcCode.INVALID_ARGUMENT, GrpcCode.NOT_FOUND, GrpcCode.PERMISSION_DENIED, GrpcCode.FAILED_PRECONDITION, GrpcCode.ALREADY_EXISTS,
]);

/** The same request will never be taken: by any server, at any time. */
export function isFinal(error: unknown): error is CallError {
  return error instanceof CallError && FINAL_CODES.has(error.code);
}

/** No server of the cluster knows the cursors that were sent: its secret was replaced. The request itself may be all right. */
export function isCursorRefused(error: unknown): boolean {
  return error instanceof CallError && error.code === GrpcCode.INVALID_ARGUMENT && (error.fields.has('seen') || error.fields.has('resume'));
}

/** What the methods of the client reject with. */
export class Failure extends Error implements ParleyFailure {
  override readonly name = 'ParleyFailure';
  readonly reason: string;
  readonly fields: ReadonlyMap<string, string>;

  /** `message`: for people; says what to do next. `cause`: what the server answered, where one did. */
  constructor(reason: string, message: string, fields: ReadonlyMap<string, string> = new Map(), cause?: CallError) {
    super(message, { cause });
    this.reason = reason;
    this.fields = fields;
  }
}

/** Reasons and words for errors that came without their details. */
const BARE: ReadonlyMap<number, readonly [reason: string, words: string]> = new Map([
  [GrpcCode.INVALID_ARGUMENT, ['INVALID_ARGUMENT', 'The server did not accept that. Check what you typed and try again.']],
  [GrpcCode.NOT_FOUND, ['NOT_FOUND', 'There is no such thing on the server. It may have been deleted; reload the page to see what is there.']],
  [GrpcCode.ALREADY_EXISTS, ['ALREADY_EXISTS', 'That exists already. Choose another name and try again.']],
  [GrpcCode.PERMISSION_DENIED, ['PERMISSION_DENIED', 'The server did not allow that. Check the username and the password and try again.']],
  [GrpcCode.RESOURCE_EXHAUSTED, ['RESOURCE_EXHAUSTED', 'That was too much at once. Wait a minute and try again.']],
  [GrpcCode.UNAUTHENTICATED, ['UNAUTHENTICATED', 'The server does not know this session. Sign in again.']],
]);

export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CallError) {
    if (error.code === GrpcCode.CANCELLED) return cancelled();
    if (error.reason !== undefined) return new Failure(error.reason, error.message, error.fields, error);
    const bare = BARE.get(error.code);
    if (bare) return new Failure(bare[0], bare[1], error.fields, error);
  }
  return new Failure('INTERNAL', 'Something went wrong. Try again; if it happens again, reload the page.');
}

export function unreachable(): Failure {
  return new Failure('UNREACHABLE', 'No server answers. Check your network connection, then try again.');
}

export function cancelled(): Failure {
  return new Failure('CANCELLED', 'This was stopped before it was done. Try again.');
}
