import { ChangeKind } from '@parley/proto/replication';
import type { Machine } from '../machine.ts';
import type { Person } from '../person.ts';
import type { World } from '../world.ts';
import { differenceOf, logOf, vectorKey } from './convergence.ts';
import { checkEdits } from './edits.ts';
import { writeKey } from './ledger.ts';
import { whatIsQueued } from './queues.ts';
import { TableState } from './table-state.ts';

/** What keeps a healed cluster from being at rest; undefined when it is. */
export function whatIsMissing(world: World): string | undefined {
  const { machines, people, checks } = world;
  for (const machine of machines) if (!machine.isServing && !machine.isRemoved) return `${machine.name} does not serve`;
  const stores = machines.flatMap(({ running }) => running?.store ?? []);
  const vectors = new Set(stores.map(vectorKey));
  if (vectors.size > 1) return `vectors differ: ${stores.map((store) => [...store.vector].map(({ origin, seq }) => `${origin % 10_000}:${seq}`).join(' ')).join(' | ')}`;
  for (const machine of machines) {
    // Until its deletion is written again [E4], others may show what came to this one erased.
    if (machine.running?.store.queries.messages.erasedWithoutTombstone(1).length) return `${machine.name} has an erased message without its deletion`;
    const queued = whatIsQueued(machine);
    if (queued !== undefined) return queued;
  }
  const strangers = whoIsNoMember(world);
  if (strangers !== undefined) return strangers;
  for (const person of people) {
    // An account that burnt with every disk that held it.
    if (person.isRefused || !person.client || (person.accountId !== '' && !checks.ledger.isHeld(accountKey(person)))) continue;
    const { session, connection, unsent, conversations } = person.client.getSnapshot();
    if (session.status !== 'signed-in') return `${person.name} is signed out`;
    if (connection.status !== 'live' || conversations === undefined) return `${person.name} has no live stream`;
    if (unsent > 0) return `${person.name} has ${unsent} unsent messages`;
  }
  const [first] = machines;
  return first && checkPages(world, first);
}

/** A member is who runs and was not removed, or has registered again since, and nobody else. */
function whoIsNoMember({ machines, checks }: World): string | undefined {
  const members = machines.filter(({ isRemoved }) => !isRemoved).flatMap(({ replicaId }) => replicaId ?? []).sort();
  for (const { name, running } of machines) {
    const known = running ? checks.membersOf(running) : [];
    if (known.join() !== members.join()) return `${name} has the members ${known.join()}, and not ${members.join()}`;
  }
  return undefined;
}

function accountKey({ accountId }: Person): string {
  return writeKey(ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, accountId);
}

/** What is checked once at the end, of a healed cluster at rest. Undefined, or what is wrong. */
export function checkEnd(world: World): string | undefined {
  const { machines, checks } = world;
  const [first] = machines;
  if (!first?.running) return 'nothing runs';
  for (const { isRemoved } of machines) if (isRemoved) world.counters.count('removed and still running at the end');
  checks.atRest(first, first.running);
  const digests = new Set(machines.map(({ disk }) => new TableState(disk.connection()).digest));
  if (digests.size > 1) {
    const dumps = machines.map(({ disk }) => new TableState(disk.connection()).dump());
    const [one, ...others] = dumps;
    return `the tables differ at the end: ${others.map((other) => one && differenceOf(one, other)).join('; ')}`;
  }
  return checkNothingLost(world, machines) ?? checkErased(world) ?? checkTexts(world, first) ?? checkOrder(world, first) ?? checkNames(world, first);
}

/** Every acknowledged write is on every replica, unless every disk that held it is gone. */
function checkNothingLost({ checks: { ledger }, counters }: World, machines: readonly Machine[]): string | undefined {
  counters.count('acknowledged writes', ledger.acknowledged.size);
  for (const { name, running } of machines) {
    const keys = new Set(running ? logOf(running.store).map(({ header }) => writeKey(header.kind, header.key)) : []);
    for (const key of ledger.acknowledged) if (!keys.has(key) && !ledger.lost.has(key)) return `acknowledged ${key} is lost at ${name}`;
  }
  return undefined;
}

/** States of a message that was edited, and of one that was deleted for everyone. */
const EDITED = 1;
const DELETED = 2;

interface Shown {
  conversation_id: string;
  sender_id: string;
  message_id: string;
  text: string;
  state: number;
}

function shownMessages({ disk }: Machine): Shown[] {
  return disk.connection().prepare<[], Shown>('SELECT * FROM messages WHERE created_hlc IS NOT NULL ORDER BY created_hlc, created_origin').all();
}

/** All that each message said: `sender/message` → texts. */
function textsOf(people: readonly Person[]): ReadonlyMap<string, readonly string[]> {
  return new Map(people.flatMap((person) => [...person.texts]));
}

/** Each message says what its sender wrote last, and answers what it was meant to answer [I1]. */
function checkTexts({ people, checks, counters }: World, machine: Machine): string | undefined {
  const texts = textsOf(people);
  const shown = shownMessages(machine).filter(({ state }) => state !== DELETED);
  counters.count('edited messages', shown.filter(({ state }) => state === EDITED).length);
  const lastText = (key: string) => (checks.hasLostDisks ? undefined : texts.get(key)?.at(-1));
  const replies = new Map(machine.disk.connection().prepare<[], Record<string, string>>('SELECT * FROM replies').all().map((row) => [`${row.sender_id}/${row.message_id}`, `${row.to_sender_id}/${row.to_message_id}`]));
  const stray = shown.map((row) => `${row.sender_id}/${row.message_id}`).find((key) => replies.get(key) !== checks.causality.questions.get(key));
  if (stray !== undefined) return `${stray} answers ${replies.get(stray)}, not ${checks.causality.questions.get(stray)}`;
  return checkEdits(machine.name, machine.running ? logOf(machine.running.store) : [], shown, lastText);
}

/** The text of a deleted message is on no disk [E1, E2]. */
function checkErased({ machines, people, counters }: World): string | undefined {
  const [first] = machines;
  const texts = textsOf(people);
  const deleted = first ? shownMessages(first).filter(({ state }) => state === DELETED) : [];
  counters.count('deleted messages', deleted.length);
  for (const { name, disk } of machines) {
    const image = disk.survives();
    for (const { sender_id: sender, message_id: message } of deleted) {
      const left = texts.get(`${sender}/${message}`)?.find((text) => image.includes(text));
      if (left !== undefined) return `the text of deleted ${message} is left on the disk of ${name}: ${left}`;
    }
  }
  return undefined;
}

/** Each sender's messages stand in the order in which they were sent, each once. */
function checkOrder({ people, checks }: World, machine: Machine): string | undefined {
  const rows = shownMessages(machine);
  const texts = rows.filter(({ state }) => state !== DELETED).map(({ sender_id, conversation_id, text }) => `${sender_id} ${conversation_id} ${text}`);
  if (new Set(texts).size !== texts.length) return 'a message is there twice';
  if (checks.hasLostDisks) return undefined;
  const places = new Map(rows.map(({ sender_id, message_id }, place) => [`${sender_id}/${message_id}`, place]));
  for (const person of people) {
    for (const sent of person.sent.values()) {
      const order = sent.map((messageId) => places.get(`${person.accountId}/${messageId}`) ?? -1).filter((place) => place >= 0);
      if (order.some((place, index) => place < (order[index - 1] ?? -1))) return `messages of ${person.name} are out of order: ${order.join(' ')}`;
    }
  }
  return undefined;
}

/** Everybody is shown every message of their conversations. */
function checkPages({ residents, checks }: World, machine: Machine): string | undefined {
  const rows = shownMessages(machine);
  const members = machine.disk.connection().prepare<[], { conversation_id: string; account_id: string }>('SELECT * FROM members WHERE member = 1').all();
  const isMember = new Set(members.map((row) => `${row.account_id}/${row.conversation_id}`));
  for (const person of residents) {
    const { name, accountId, viewer } = person;
    if (!checks.ledger.isHeld(accountKey(person))) continue;
    for (const { conversation_id: conversation, sender_id: sender, message_id: message, text } of rows) {
      const key = `${sender}/${message}`;
      if (!isMember.has(`${accountId}/${conversation}`) || viewer.hidden.has(key)) continue;
      const shown = viewer.shown.get(key);
      if (shown === undefined) return `${name} is not shown ${key}`;
      if (shown !== text && !checks.hasLostDisks) return `${name} is shown ${shown} for ${key}, not ${text}`;
    }
    if (checks.hasLostDisks) continue;
    const there = new Set(rows.map((row) => `${row.sender_id}/${row.message_id}`));
    for (const key of viewer.shown.keys()) if (!there.has(key) && !viewer.failed.has(key)) return `${name} is shown ${key}, which no server has`;
  }
  return undefined;
}

/** No two accounts are shown under one name; where nothing failed, the later of two claims was refused [U1]. */
function checkNames({ people, residents, checks }: World, machine: Machine): string | undefined {
  const names = machine.disk.connection().prepare<[], { username: string }>('SELECT username FROM shown_names').all();
  const twice = names.find(({ username }, index) => names.findIndex((other) => other.username === username) !== index);
  if (twice) return `two accounts are shown as ${twice.username}`;
  const claimants = people.filter((person) => !residents.includes(person));
  if (checks.expectedCopies && claimants.length > 1 && claimants.every(({ isRefused }) => !isRefused)) return `both claims of ${claimants[0]?.username} were taken`;
  return undefined;
}
