import { type Clock, systemClock } from '../clock.ts';

/** As much of a Worker, and of its own end, as is used. */
export interface TimerPort {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** To the worker: set a timer, or without `ms` take it back. From it: the timer's id, when its time is over. */
interface TimerMessage {
  readonly id: number;
  readonly ms?: number;
}

/**
 * A clock for an engine that runs in a tab: browsers let timers of a tab in the background wait for up to a minute, and a worker's go on. Each timer is set in
 * both places, and the first to come counts: so a worker that does not load, or dies, leaves a tab as it is without one.
 */
export function workerClock(worker: TimerPort, page: Clock = systemClock): Clock {
  const pending = new Map<number, { readonly callback: () => void; readonly timer: unknown }>();
  let lastId = 0;
  const fire = (id: number): void => {
    const held = pending.get(id);
    if (!held) return;
    pending.delete(id);
    page.clearTimeout(held.timer);
    held.callback();
  };
  worker.onmessage = ({ data }: MessageEvent) => fire(data as number);
  return {
    now: () => page.now(),
    monotonic: () => page.monotonic?.() ?? page.now(),
    setTimeout: (callback, ms) => {
      lastId += 1;
      const id = lastId;
      const inPage = (): void => {
        tell({ id });
        fire(id);
      };
      pending.set(id, { callback, timer: page.setTimeout(inPage, ms) });
      tell({ id, ms });
      return id;
    },
    clearTimeout: (timer) => {
      const held = pending.get(timer as number);
      if (!held) return;
      pending.delete(timer as number);
      page.clearTimeout(held.timer);
      tell({ id: timer as number });
    },
  };

  function tell(message: TimerMessage): void {
    worker.postMessage(message);
  }
}

/** The whole of the worker's script. */
export function serveTimers(scope: TimerPort, clock: Pick<Clock, 'setTimeout' | 'clearTimeout'> = systemClock): void {
  const timers = new Map<number, unknown>();
  scope.onmessage = ({ data }: MessageEvent) => {
    const { id, ms } = data as TimerMessage;
    clock.clearTimeout(timers.get(id));
    timers.delete(id);
    if (ms === undefined) return;
    timers.set(id, clock.setTimeout(() => {
      timers.delete(id);
      scope.postMessage(id);
    }, ms));
  };
}
