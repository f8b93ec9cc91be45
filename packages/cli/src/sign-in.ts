import type { ParleyClient } from '@parley/client/client';
import { requireSession } from './client-on-file.ts';
import type { Output } from './output.ts';

/** Tells who is signed in now. */
export function reportSignIn(client: ParleyClient, output: Output): void {
  const { accountId, username } = requireSession(client);
  if (output.json) output.jsonData({ accountId, username });
  else output.say(`Signed in as ${username}.`);
}
