import type { ClientSnapshot, ParleyApi } from '../api.ts';
import { Failure } from '../failure.ts';
import type { EnginePort } from './engine-port.ts';
import type { SnapshotPatch } from './snapshot-patch.ts';

/** What a tab asks an engine to do: the calls of the client that do not only look at its snapshot. */
export type Method = Exclude<keyof ParleyApi, 'getSnapshot' | 'subscribe' | 'kept' | 'close'>;

/** What tabs say to an engine. */
export type TabMessage =
  /** From now on the engine sends what it shows: all of it first. */
  | { readonly kind: 'hello' }
  /** Answered with `result` or `failure` of the same id. */
  | { readonly kind: 'call'; readonly id: number; readonly method: Method; readonly args: readonly unknown[] }
  /** Answered with `pong`: the engine lives. */
  | { readonly kind: 'ping' }
  /** The tab is gone. */
  | { readonly kind: 'bye' };

/** What an engine says to a tab, in order: whatever a call has changed comes before its result. */
export type EngineMessage =
  | { readonly kind: 'snapshot'; readonly snapshot: ClientSnapshot }
  | { readonly kind: 'patch'; readonly patch: SnapshotPatch }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: FailureWords }
  | { readonly kind: 'pong' };

/** A Failure in a form that can be cloned: an Error would lose its fields. */
export interface FailureWords {
  readonly reason: string;
  readonly message: string;
  readonly fields: ReadonlyMap<string, string>;
}

/** The engine's end, and the tab's. */
export type PortOfEngine = EnginePort<EngineMessage, TabMessage>;
export type PortOfTab = EnginePort<TabMessage, EngineMessage>;

export function wordsOf({ reason, message, fields }: Failure): FailureWords {
  return { reason, message, fields };
}

export function failureFrom({ reason, message, fields }: FailureWords): Failure {
  return new Failure(reason, message, fields);
}
