import type { ParleyFailure } from '@parley/client/api';
import { words } from './words.ts';

/** What a form or a notice shows of a call that failed. */
export interface Failure {
  /** For people; says what to do next. */
  readonly text: string;
  /** Field of the request → what is wrong with it. */
  readonly fields: ReadonlyMap<string, string>;
}

const isParleyFailure = (error: unknown): error is ParleyFailure =>
  error instanceof Error && 'reason' in error && 'fields' in error && error.fields instanceof Map;

/** Words for whatever a call was rejected with. What is not a ParleyFailure is a defect: it goes to the console, and people get general advice. */
export function failureOf(error: unknown): Failure {
  if (isParleyFailure(error)) return { text: error.message, fields: error.fields };
  console.error(error);
  return { text: words.unexpected, fields: new Map() };
}

/** The part of a failure that no field of the form shows: its text, unless one of `shown` explains it. */
export function generalText(failure: Failure | undefined, shown: readonly string[]): string | undefined {
  if (failure === undefined || shown.some((field) => failure.fields.has(field))) return undefined;
  return failure.text;
}
