import { Failure } from '../failure.ts';
import { type EngineMessage, failureFrom, type Method, type PortOfTab } from './protocol.ts';

/** Calls that may not happen twice, or would find what their first try made in the way: when the engine is lost meanwhile they fail with these words. */
const ONCE_ONLY: ReadonlyMap<Method, string> = new Map([
  ['createAccount', 'The page lost its connection, so it is not known whether the account was created. Sign in with the name and the password; if that is refused, create it again.'],
  ['changePassword', 'The page lost its connection, so it is not known whether the password was changed. Sign out, then sign in with the new password; if that is refused, with the old one.'],
  ['deleteAccount', 'The page lost its connection, so it is not known whether the account was deleted. Reload the page to see whether you are still signed in.'],
]);

interface PendingCall {
  readonly method: Method;
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (failure: Failure) => void;
}

/** A tab's calls that an engine has not answered: the next engine is asked anew. */
export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  #port: PortOfTab | undefined;
  #lastId = 0;

  /** Rejects with a Failure. Without an engine it waits for one. */
  make(method: Method, args: readonly unknown[]): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { method, args, resolve, reject });
      this.#port?.post({ kind: 'call', id, method, args });
    });
  }

  /** The engine is another one: it is asked what the last one has not answered. */
  moveTo(port: PortOfTab): void {
    const isFirst = this.#port === undefined;
    this.#port = port;
    for (const [id, { method, args, reject }] of this.#calls) {
      const words = isFirst ? undefined : ONCE_ONLY.get(method);
      if (words === undefined) {
        port.post({ kind: 'call', id, method, args });
      } else {
        this.#calls.delete(id);
        reject(new Failure('OUTCOME_UNKNOWN', words));
      }
    }
  }

  settle(message: Extract<EngineMessage, { readonly kind: 'result' | 'failure' }>): void {
    const call = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.kind === 'result') call?.resolve(message.value);
    else call?.reject(failureFrom(message.failure));
  }

  /** No engine will answer any more. */
  cancel(failure: Failure): void {
    for (const { reject } of this.#calls.values()) reject(failure);
    this.#calls.clear();
    this.#port = undefined;
  }
}
