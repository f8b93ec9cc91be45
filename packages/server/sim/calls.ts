import { status } from '@grpc/grpc-js';
import type { Network } from './network.ts';
import type { ProcessTime } from './process-time.ts';

/** A process that calls or is called, on the machine of that name. */
export interface Party {
  readonly name: string;
  readonly time: ProcessTime;
}

/** A call that failed on its way, with a gRPC status and no reason: as grpc-js reports it. */
export class Broken extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export const unavailable = (why: string) => new Broken(status.UNAVAILABLE, why);

export interface Call {
  readonly caller: Party;
  /** The machine that is called, and the process that runs there when the request arrives. */
  readonly to: string;
  readonly callee: () => Party | undefined;
  readonly timeoutMs: number;
  /** What the callee does with the request. */
  readonly serve: (callee: Party) => Promise<Uint8Array>;
  /** The request may be carried twice. */
  readonly mayDouble: boolean;
}

/** One unary call through the network: request, answer, refusals, broken connections and the timeout, each as gRPC has them. */
export function callThrough(network: Network, { caller, to, callee, timeoutMs, serve, mayDouble }: Call): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const settle = (fn: () => void) => {
      if (isOver || !caller.time.isAlive) return;
      isOver = true;
      cancel();
      fn();
    };
    const cancel = caller.time.after(timeoutMs, () => settle(() => reject(new Broken(status.DEADLINE_EXCEEDED, 'no answer in time'))));
    const found = (why: string) => void caller.time.after(network.untilFoundMs(caller.name), () => settle(() => reject(unavailable(why))));
    const back = (fn: () => void) => network.carry(to, caller.name, () => settle(fn), () => found('the answer was lost'));
    const arrived = () => {
      const party = callee();
      if (!party) {
        if (network.isSilent()) found('nobody is there');
        else back(() => reject(unavailable('connection refused')));
        return;
      }
      const forget = party.time.onEnd(() => (network.isSilent() ? found('the other side is gone') : back(() => reject(unavailable('connection reset')))));
      serve(party).finally(forget).then(
        (bytes) => party.time.isAlive && back(() => resolve(bytes)),
        (error: unknown) => party.time.isAlive && back(() => reject(error instanceof Error ? error : new Error(String(error)))),
      );
    };
    network.carry(caller.name, to, arrived, () => found('the request was lost'));
    if (mayDouble && network.isDoubled()) network.carry(caller.name, to, arrived);
  });
}
