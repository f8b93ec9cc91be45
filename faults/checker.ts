/**
 * Reads a history as Jepsen's set-full does (github.com/jepsen-io/jepsen, checker.clj), and what the replicas hold at the end. Pure.
 */
import { checkReads } from './check-reads.ts';
import { groupBy } from './group-by.ts';
import { isBefore, type MessageKey, type Operation, type Recorded } from './history.ts';
import type { FinalReplica, StoredMessage, Verdict, Violation } from './verdict.ts';

interface Write {
  readonly at: number;
  readonly session: string;
  readonly account: string;
  readonly operation: Operation;
  outcome: 'ok' | 'fail' | 'info' | undefined;
  reason: string;
  okAt: number;
}

export function check(history: readonly Recorded[], replicas: readonly FinalReplica[]): Verdict {
  const writes = readWrites(history);
  const violations = new Violations();
  for (const replica of replicas) {
    checkSends(writes, replica, violations);
    checkDeletions(writes, replica, violations);
    checkAccounts(writes, replica, violations);
    checkOrder(writes, replica, violations);
  }
  checkCopies(history, replicas.length, violations);
  const hiddenKeys = new Set(writes.flatMap(({ account, operation }) => (operation.f === 'hide' ? [`${account} ${operation.key}`] : [])));
  const reads = checkReads(history, replicas[0]?.messages ?? [], hiddenKeys, (what, detail) => violations.add(what, detail));
  const sends = writes.filter((write) => write.operation.f === 'send');
  const stored = new Set(replicas.flatMap(({ messages }) => messages.map(({ key }) => key)));
  const unknown = writes.filter(({ outcome }) => outcome === undefined || outcome === 'info');
  const acknowledgedAt = new Map(sends.flatMap(({ operation, outcome, okAt }) => (operation.f === 'send' && outcome === 'ok' ? [[operation.key, okAt] as const] : [])));
  return {
    violations: violations.all,
    acknowledged: writes.filter(({ outcome }) => outcome === 'ok').length,
    failed: writes.filter(({ outcome }) => outcome === 'fail').length,
    unknown: unknown.length,
    unknownButStored: unknown.filter(({ operation }) => operation.f === 'send' && stored.has(operation.key)).length,
    lost: violations.count('lost'),
    duplicates: violations.count('duplicate'),
    reads: reads.pages,
    behindReads: reads.behind,
    comparedReads: reads.compared,
    stale: reads.countStale(acknowledgedAt),
    neverRead: [...acknowledgedAt.keys()].filter((key) => !reads.everShown.has(key)).length,
  };
}

/** Each broken promise once, however many replicas show it. */
class Violations {
  readonly #all = new Map<string, Violation>();

  get all(): readonly Violation[] {
    return [...this.#all.values()];
  }

  add(what: Violation['what'], detail: string): void {
    this.#all.set(`${what} ${detail}`, { what, detail });
  }

  count(what: Violation['what']): number {
    return this.all.filter((violation) => violation.what === what).length;
  }
}

function readWrites(history: readonly Recorded[]): Write[] {
  const writes = new Map<number, Write>();
  for (const event of history) {
    if (event.type === 'invoke') {
      const { at, op, session, account, operation } = event;
      writes.set(op, { at, session, account, operation, outcome: undefined, reason: '', okAt: Number.POSITIVE_INFINITY });
    } else if (event.type === 'ok' || event.type === 'fail' || event.type === 'info') {
      const write = writes.get(event.op);
      if (!write) continue;
      write.outcome = event.type;
      if (event.type === 'ok') write.okAt = event.at;
      else write.reason = event.reason;
    }
  }
  return [...writes.values()];
}

/** Every acknowledged message is there, exactly once; none that was refused for good; none that nobody sent. */
function checkSends(writes: readonly Write[], { name, messages }: FinalReplica, violations: Violations): void {
  const rows = groupBy(messages, ({ key }) => key);
  const texts = groupBy(messages.filter(({ deleted }) => !deleted), ({ text }) => text);
  const sent = new Set<MessageKey>();
  for (const { operation, outcome } of writes) {
    if (operation.f !== 'send') continue;
    sent.add(operation.key);
    const held = rows.get(operation.key) ?? [];
    if (outcome === 'ok' && held.length === 0) violations.add('lost', `${operation.key} «${operation.text}» was acknowledged and is not on ${name}`);
    if (outcome === 'fail' && held.length > 0) violations.add('revived', `${operation.key} «${operation.text}» was refused for good and is on ${name}`);
    if (held.length > 1) violations.add('duplicate', `${operation.key} has ${held.length} rows on ${name}`);
    const row = held[0];
    if (row && !row.deleted && row.text !== operation.text) violations.add('phantom', `${operation.key} was sent as «${operation.text}» and is «${row.text}» on ${name}`);
    if (row && row.hlc === undefined) violations.add('lost', `${operation.key} «${operation.text}» has no place on ${name}: it is not shown`);
  }
  for (const [text, held] of texts) if (held.length > 1) violations.add('duplicate', `«${text}» stands ${held.length} times on ${name}: ${held.map(({ key }) => key).join(', ')}`);
  for (const { key, text } of messages) if (!sent.has(key)) violations.add('phantom', `${key} «${text}» on ${name} was never sent`);
}

/** What was deleted stays deleted; what nobody deleted is not. */
function checkDeletions(writes: readonly Write[], { name, messages, hidden }: FinalReplica, violations: Violations): void {
  const rows = new Map(messages.map((message) => [message.key, message]));
  const asked = new Set<MessageKey>();
  for (const { account, operation, outcome } of writes) {
    if (operation.f === 'delete') {
      asked.add(operation.key);
      const row = rows.get(operation.key);
      if (outcome === 'ok' && !(row?.deleted && row.text === '')) violations.add('lost deletion', `${operation.key} was deleted for everyone and is ${row ? `«${row.text}»` : 'absent'} on ${name}`);
    }
    if (operation.f === 'hide' && outcome === 'ok' && !hidden.has(`${account} ${operation.key}`)) violations.add('lost deletion', `${operation.key} was deleted by ${account} for itself and is not on ${name}`);
  }
  for (const { key, deleted } of messages) if (deleted && !asked.has(key)) violations.add('lost', `${key} is deleted on ${name} and nobody asked for that`);
}

function checkAccounts(writes: readonly Write[], { name, usernames }: FinalReplica, violations: Violations): void {
  const there = groupBy(usernames, (username) => username);
  for (const { operation, outcome } of writes) {
    if (operation.f !== 'create') continue;
    const count = there.get(operation.username)?.length ?? 0;
    if (outcome === 'ok' && count === 0) violations.add('lost account', `${operation.username} is not on ${name}`);
    if (count > 1) violations.add('duplicate', `account ${operation.username} stands ${count} times on ${name}`);
  }
}

/** What a session sent into a conversation stands in that order; an answer stands below its question. */
function checkOrder(writes: readonly Write[], { name, messages }: FinalReplica, violations: Violations): void {
  const rows = new Map(messages.map((message) => [message.key, message]));
  const last = new Map<string, StoredMessage>();
  for (const { session, operation } of writes) {
    const row = operation.f === 'send' ? rows.get(operation.key) : undefined;
    if (operation.f !== 'send' || !row) continue;
    const lane = `${session} ${operation.conversation}`;
    const before = last.get(lane);
    if (before && !isBefore(before, row)) violations.add('reordered', `${row.key} «${operation.text}» was sent after ${before.key} in ${operation.conversation} by ${session} and stands above it on ${name}`);
    last.set(lane, row);
    const question = operation.answers === undefined ? undefined : rows.get(operation.answers);
    if (operation.answers !== undefined && !question) violations.add('lost', `${operation.answers} was seen by ${session}, who answered it, and is not on ${name}`);
    if (question && !isBefore(question, row)) violations.add('answer before question', `${row.key} answers ${question.key} and stands above it on ${name}`);
  }
}

/** No server claims more copies than there are replicas, or none. */
function checkCopies(history: readonly Recorded[], replicaCount: number, violations: Violations): void {
  for (const event of history) {
    if (event.type !== 'copies') continue;
    const { session, stored, replicas } = event;
    if (stored < 1 || stored > replicas || replicas > replicaCount) violations.add('wrong copies', `${session} was told ${stored} of ${replicas}, in a cluster of ${replicaCount}`);
  }
}
