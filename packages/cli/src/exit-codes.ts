import { Failure } from '@parley/client/failure';

/** How `parley` ends: scripts rely on these. */
export const ExitCode = {
  DONE: 0,
  FAILED: 1,
  USAGE: 2,
  SIGN_IN: 3,
  NOT_FOUND: 4,
  EXISTS: 5,
  UNREACHABLE: 6,
  /** It may have been done; repeating the command with the same `--id` is safe. */
  OUTCOME_UNKNOWN: 7,
  /** A replica is not well, or replicas differ. */
  DEGRADED: 8,
  INTERRUPTED: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** What each code is for, as `parley --help` prints it. */
export const EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [ExitCode.DONE, 'done'],
  [ExitCode.FAILED, 'failed; the message says why'],
  [ExitCode.USAGE, 'usage: a command, flag or value is wrong'],
  [ExitCode.SIGN_IN, 'sign-in: signed out, or a wrong username or password'],
  [ExitCode.NOT_FOUND, 'not found: no such account, message or replica'],
  [ExitCode.EXISTS, 'exists already'],
  [ExitCode.UNREACHABLE, 'no server can be reached'],
  [ExitCode.OUTCOME_UNKNOWN, 'not known whether it was done: repeat it with the same --id'],
  [ExitCode.DEGRADED, 'degraded: a replica is not live or raises an alarm, or replicas differ'],
  [ExitCode.INTERRUPTED, 'Ctrl-C'],
];

/** What was typed is wrong. The message says what would be right. */
export class UsageError extends Error {}

/** A command that did not do what it was asked to, for a reason that no server gave. `message` says what to do next. */
export class CommandFailed extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** By the reasons of the client's and the servers' failures (docs/architecture.md). */
const OF_REASON: Readonly<Record<string, ExitCode>> = {
  INVALID_FIELD: ExitCode.USAGE,
  INVALID_ARGUMENT: ExitCode.USAGE,
  NOT_AN_ADDRESS: ExitCode.USAGE,
  SESSION_INVALID: ExitCode.SIGN_IN,
  WRONG_CREDENTIALS: ExitCode.SIGN_IN,
  WRONG_PASSWORD: ExitCode.SIGN_IN,
  WRONG_PROOF: ExitCode.SIGN_IN,
  UNAUTHENTICATED: ExitCode.SIGN_IN,
  TOO_MANY_ATTEMPTS: ExitCode.SIGN_IN,
  ACCOUNT_NOT_FOUND: ExitCode.NOT_FOUND,
  CONVERSATION_NOT_FOUND: ExitCode.NOT_FOUND,
  MESSAGE_NOT_FOUND: ExitCode.NOT_FOUND,
  REPLICA_NOT_FOUND: ExitCode.NOT_FOUND,
  NOT_FOUND: ExitCode.NOT_FOUND,
  USERNAME_TAKEN: ExitCode.EXISTS,
  MESSAGE_ID_USED: ExitCode.EXISTS,
  ALREADY_EXISTS: ExitCode.EXISTS,
  UNREACHABLE: ExitCode.UNREACHABLE,
  KEPT: ExitCode.UNREACHABLE,
  OUTCOME_UNKNOWN: ExitCode.OUTCOME_UNKNOWN,
};

export function exitCodeOfReason(reason: string): ExitCode {
  return OF_REASON[reason] ?? ExitCode.FAILED;
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return ExitCode.USAGE;
  if (error instanceof CommandFailed) return error.exitCode;
  return error instanceof Failure ? exitCodeOfReason(error.reason) : ExitCode.FAILED;
}
