import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultyReplica } from './faulty-replica.ts';
import type { Network } from './network.ts';

/** What a joining server prints when it begins to copy from a donor. */
const COPYING = /copying from a donor donor=(\S+)/;
/** As slow as this, copying takes long enough to be interrupted. */
const DONOR_LINK_DELAY_MS = 400;
const COPYING_TIMEOUT_MS = 30_000;

export interface JoinResult {
  /** Whose copying was interrupted; undefined: it began no copy in time, or had ended it already. */
  readonly killedDonor: string | undefined;
}

/**
 * A replica joins in mid-traffic, and the donor that it copies from is killed meanwhile. Resolves once it is ready, and
 * the donor started again. Rejects when it does not get ready.
 */
export async function joinWithDonorKilled(joiner: FaultyReplica, donors: readonly FaultyReplica[], network: Network): Promise<JoinResult> {
  const links = donors.map(({ name }) => network.link(joiner.name, name));
  for (const link of links) link.delay(DONOR_LINK_DELAY_MS);
  const donor = nextDonor(joiner, donors);
  joiner.start();
  const first = await donor;
  const wasReady = await joiner.isReady().catch(() => false);
  await first?.kill();
  for (const link of links) link.heal('release');
  try {
    await joiner.waitUntilReady();
  } finally {
    first?.start();
  }
  return { killedDonor: wasReady ? undefined : first?.name };
}

/** The donor that the joiner says it copies from, the first time that it says so. */
async function nextDonor(joiner: FaultyReplica, donors: readonly FaultyReplica[]): Promise<FaultyReplica | undefined> {
  const found = new AbortController();
  let donor: FaultyReplica | undefined;
  const stop = joiner.onLine((line) => {
    const address = COPYING.exec(line)?.[1];
    donor ??= donors.find((each) => each.address === address);
    if (donor) found.abort();
  });
  await Promise.race([once(found.signal, 'abort'), delay(COPYING_TIMEOUT_MS, undefined, { ref: false })]);
  stop();
  return donor;
}
