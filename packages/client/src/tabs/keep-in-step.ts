import type { ParleyApi } from '../api.ts';
import type { Clock } from '../clock.ts';
import type { Channel } from './channel-ports.ts';

/** A tab that crashed tells nobody; what it left in storage is looked for so often. */
const LOOK_EVERY_MS = 10_000;

/** A client that can look at its storage again, which others on the same storage have changed. */
export interface SteppedClient extends ParleyApi {
  refresh(): Promise<void>;
}

/**
 * Where each tab has an engine of its own: whoever signs in or out in one does so in all, and what a closed tab has not sent is sent by the
 * others. They share storage, and tell each other on the channel when to look at it. Returns how to stop.
 */
export function keepInStep(client: SteppedClient, channel: Channel | undefined, clock: Clock): () => void {
  let accountId = accountOf(client);
  let timer: unknown;
  const look = (): void => {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(look, LOOK_EVERY_MS);
    client.refresh().catch(() => undefined);
  };
  if (channel) channel.onmessage = look;
  const unsubscribe = client.subscribe(() => {
    const now = accountOf(client);
    if (now === accountId) return;
    accountId = now;
    channel?.postMessage('look');
  });
  timer = clock.setTimeout(look, LOOK_EVERY_MS);
  return () => {
    clock.clearTimeout(timer);
    unsubscribe();
    channel?.postMessage('look');
    channel?.close();
  };
}

function accountOf(client: ParleyApi): string | undefined {
  const { session } = client.getSnapshot();
  return session.status === 'signed-in' ? session.accountId : undefined;
}
