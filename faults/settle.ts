import { waitUntilAgreed, findDifference } from '../e2e/agreement.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { checkReads } from './check-reads.ts';
import { findCorruption, findDeletedTexts, markersOf, readReplica } from './final-state.ts';
import type { Event, MessageKey } from './history.ts';
import type { Trial } from './trial.ts';
import type { FinalReplica } from './verdict.ts';

const OUTBOX_TIMEOUT_MS = 90_000;
const VIEWS_TIMEOUT_MS = 30_000;

/**
 * Everything is healed: waits until servers, outboxes and timelines have caught up, ends all in order, and reads the
 * files. What does not come about in time is a problem of the trial.
 */
export async function settle(trial: Trial): Promise<FinalReplica[]> {
  const { people, replicas, history } = trial;
  await tell(trial, Promise.all(replicas.map((replica) => replica.waitUntilReady())));
  await Promise.all(people.map((person) => person.rest()));
  for (const person of people) person.nudge();
  await tell(trial, until(() => people.every(({ unsent }) => unsent === 0), { what: 'every outbox is empty', timeoutMs: OUTBOX_TIMEOUT_MS }));
  await tell(trial, waitUntilAgreed(replicas));
  await until(() => viewsAreRight(trial), { what: 'every timeline is right', timeoutMs: VIEWS_TIMEOUT_MS }).catch(() => {
    // The checker says what is wrong with them.
  });
  for (const view of viewEvents(trial)) history.add(view);

  await Promise.all(people.map((person) => person.leave()));
  await Promise.all(replicas.map((replica) => replica.stop()));
  const difference = findDifference(replicas);
  if (difference !== '') trial.problem(`files differ after a clean stop: ${difference}`);
  for (const { name, dbFile } of replicas) {
    const corruption = findCorruption(dbFile);
    if (corruption !== '') trial.problem(`${name}'s file is corrupt: ${corruption}`);
  }
  const final = replicas.map(({ name, dbFile }) => readReplica(name, dbFile));
  tellOfDeletedTexts(trial, final);
  return final;
}

/** Notes a failure as a problem, and goes on. */
async function tell(trial: Trial, waiting: Promise<unknown>): Promise<void> {
  await waiting.catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    trial.problem(`${error instanceof Error ? error.message : String(error)}${cause}`);
  });
}

function viewEvents({ people }: Trial): (Event & { type: 'view' })[] {
  return people.flatMap((person) => person.views().map(({ session, account, conversation, messages }) => ({
    type: 'view' as const,
    session,
    account,
    conversation,
    messages: messages.map(({ senderId, messageId, deleted }) => ({ key: `${senderId}/${messageId}`, deleted })),
  })));
}

/** Do all timelines show what the first replica holds? */
function viewsAreRight(trial: Trial): boolean {
  const [first] = trial.replicas;
  if (!first) return true;
  const { messages } = readReplica(first.name, first.dbFile);
  let isRight = true;
  const views = viewEvents(trial).map((view) => ({ at: 0, ...view }));
  checkReads(views, messages, hiddenSoFar(trial), () => {
    isRight = false;
  });
  return isRight;
}

function hiddenSoFar({ history }: Trial): Set<string> {
  return new Set(history.events.flatMap((event) => (event.type === 'invoke' && event.operation.f === 'hide' ? [`${event.account} ${event.operation.key}`] : [])));
}

/** After a clean stop the text of a deleted message is in no file of any replica [E2]. */
function tellOfDeletedTexts(trial: Trial, final: readonly FinalReplica[]): void {
  const deleted = new Set(final[0]?.messages.filter((message) => message.deleted).map(({ key }) => key));
  const texts = trial.history.events.flatMap((event): [MessageKey, string][] => (event.type === 'invoke' && event.operation.f === 'send' && deleted.has(event.operation.key) ? [[event.operation.key, event.operation.text]] : []));
  const markers = markersOf(texts);
  for (const { dbFile } of trial.replicas) for (const { file, key } of findDeletedTexts(dbFile, markers)) trial.problem(`${file} still holds the text of ${key}, which was deleted`);
}
