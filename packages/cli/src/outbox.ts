import type { ParleyClient } from '@parley/client/client';
import { waitFor } from '@parley/client/wait-for';

/** What an earlier chat left behind is read and sent in this time, where a server answers. */
const PATIENCE_MS = 3_000;

/** Gives messages in the outbox the time to become safe. Resolves to how many are not. */
export async function waitForOutbox(client: ParleyClient): Promise<number> {
  await waitFor(client, ({ conversations, unsent }) => conversations !== undefined && unsent === 0, { timeoutMs: PATIENCE_MS }).catch(() => undefined);
  return client.getSnapshot().unsent;
}
