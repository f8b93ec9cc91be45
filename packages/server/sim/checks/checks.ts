import type { Copies, Message } from '@parley/proto/chat';
import { type ChangeHeader, ChangeKind } from '@parley/proto/replication';
import { sameHash } from '../../src/stamp/version-vector.ts';
import type { Connection } from '../../src/store/database.ts';
import type { LoggedChange } from '../../src/store/log.ts';
import type { Chance } from '../chance.ts';
import type { Counters } from '../counters.ts';
import type { Machine, Running } from '../machine.ts';
import { Causality } from './causality.ts';
import { Holders } from './holders.ts';
import { compareWithMerge, Convergence, differenceOf, logOf } from './convergence.ts';
import { Ledger, type WriteKey, writeKey, writesOf } from './ledger.ts';
import { Members } from './members.ts';
import { checkReading } from './reading.ts';
import { TableState } from './table-state.ts';

/** One commit in so many is compared with a merge of the log in another order. */
const MERGE_AGAIN_EVERY = 100;

/** Kinds of change that carry an id which their client made. */
const TAKEN_ONCE: ReadonlySet<ChangeKind> = new Set([ChangeKind.CHANGE_KIND_MESSAGE_CREATED, ChangeKind.CHANGE_KIND_MESSAGE_EDITED]);

export interface ChecksOptions {
  readonly counters: Counters;
  readonly nowMs: () => number;
  /** `--wait-for` of all replicas. */
  readonly waitFor: number | undefined;
  readonly chance: Chance;
  readonly fail: (violation: string) => void;
  /** Messages that clients of the account have been shown. */
  readonly shownTo: (accountId: string) => ReadonlySet<string>;
}

/** A handler's answer, and what it was asked with. */
export interface Answer {
  readonly method: string;
  readonly request: object;
  readonly response: object;
  /** Who asked; '' for nobody. */
  readonly me: string;
  readonly askedAtMs: number;
}

/** What is known of a process. */
interface Known {
  readonly tables: TableState;
  readonly members: Members;
}

/** What is checked with each commit, each answer and each crash. */
export class Checks {
  readonly ledger = new Ledger();
  readonly causality = new Causality(this.ledger);
  /** A machine was put back, or a disk restored or burnt: what only it had may be gone. */
  hasLostDisks = false;
  /** Since it was put back while it ran, order and read marks are excused. */
  hasForks = false;
  /** Nothing fails in this run: every answer has to claim so many copies, but where --wait-for asks for less. */
  expectedCopies: (() => number) | undefined;
  readonly #options: ChecksOptions;
  readonly #convergence = new Convergence();
  readonly #holders = new Holders(this.ledger);
  readonly #stamps = new Map<string, Uint8Array>();
  readonly #known = new Map<Running, Known>();
  /** A process that goes on with the connection of the one before finds the rows that were committed there. */
  readonly #tables = new WeakMap<Connection, TableState>();

  constructor(options: ChecksOptions) {
    this.#options = options;
  }

  /** A process has opened its disk, and does nothing yet. */
  opened(machine: Machine, running: Running): void {
    const { store } = running;
    const tables = this.#tablesOf(machine.disk.connection());
    const known = { tables, members: new Members(running, this.#options.nowMs) };
    this.#known.set(running, known);
    this.#verdict(this.#convergence.check(machine.name, running.store, tables));
    this.#holders.is(machine.name, running);
    let covered = coveredBy(store);
    store.onCommit((changes) => {
      const before = covered;
      covered = coveredBy(store);
      // A branch was cut, and the tables made anew.
      if (covered !== before + changes.length) this.#cut(machine, running, known);
      this.#committed(machine, running, known, changes);
    });
  }

  /** The disk of a machine is another one, or an earlier state of it. */
  diskReplaced(machine: Machine, headers: readonly ChangeHeader[]): void {
    const keys = headers.map(({ kind, key }) => writeKey(kind, key));
    this.hasLostDisks = true;
    const lost = this.ledger.reset(machine.name, keys);
    if (lost > 0) this.#options.counters.count('acknowledged writes that went with every disk that held them', lost);
  }

  /** A request has come: a client tells of an edit only once it knows that a server has its message [Y8]. */
  asked(where: string, method: string, request: object): void {
    const { message } = request as { message?: { senderId: string; messageId: string } };
    if (method !== 'editMessage' || !message) return;
    const key = `${message.senderId}/${message.messageId}`;
    if (this.ledger.holders(writeKey(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key)) === 0) this.#options.fail(`${where} is told of an edit of ${key}, which no server ever had`);
  }

  /** A handler's answer is on its way. */
  answered(machine: Machine, running: Running, { method, request, response, me, askedAtMs }: Answer): void {
    for (const { senderId, messageId, copies: told } of (response as { messages?: readonly Message[] }).messages ?? []) {
      if (!told) continue;
      this.toldCopies(machine.name, senderId, messageId, told);
      this.#verdict(this.#holders.checkAllUp(running, createdKey(senderId, messageId), told));
    }
    // An operator's answer says how many, no more.
    const { copies, account } = response as { copies?: Copies | Pick<Copies, 'stored' | 'replicas'>; account?: { accountId: string } };
    const members = this.#known.get(running)?.members;
    this.#verdict(members?.checkPeers());
    if (!copies) return;
    const { counters } = this.#options;
    counters.count('acknowledged');
    if (copies.stored < copies.replicas) counters.count('acknowledged on some only');
    this.#verdict(members?.checkCount(copies.replicas, askedAtMs));
    for (const { key, orElse } of writesOf(method, request, account?.accountId ?? me)) {
      const holders = Math.max(this.ledger.holders(key), orElse === undefined ? 0 : this.ledger.holders(orElse));
      if (copies.stored > holders) this.#options.fail(`${machine.name} claims ${copies.stored} copies of ${key}, which ${holders} disks hold`);
      if (this.ledger.holders(key) > 0) this.ledger.acknowledged.add(key);
      if (method !== 'sendMessage' || !('holders' in copies)) continue;
      this.#verdict(this.#holders.check(machine.name, key, copies));
      this.#verdict(this.#holders.checkAllUp(running, key, copies));
    }
    const expected = this.#expected(method);
    if (copies.stored < expected) this.#options.fail(`${machine.name} acknowledged ${method} on ${copies.stored} replicas although all are up and ${expected} are waited for`);
  }

  /** Copies that an answer has to claim at least. */
  #expected(method: string): number {
    const all = this.expectedCopies?.() ?? 1;
    const { waitFor } = this.#options;
    // A new account asks every replica, whatever --wait-for says [A8].
    return waitFor === undefined || method === 'createAccount' ? all : Math.min(waitFor, all);
  }

  /** A sender is told of the copies of a message, with a page or later on the stream. */
  toldCopies(where: string, sender: string, messageId: string, copies: Copies): void {
    const key = createdKey(sender, messageId);
    const holders = this.ledger.holders(key);
    this.#options.counters.count('copies told after the acknowledgement');
    if (copies.onAllUp && copies.stored < copies.replicas) this.#options.counters.count('told that all that are up hold it, and not all');
    if (copies.stored > holders) this.#options.fail(`${where} tells ${sender} of ${copies.stored} copies of ${messageId}, which ${holders} disks hold`);
    this.#verdict(this.#holders.check(where, key, copies));
  }

  /** Everything that is checked of a replica at rest: at the end, and now and then. */
  atRest(machine: Machine, running: Running): void {
    const tables = this.#known.get(running)?.tables;
    if (!tables) return;
    const fresh = new TableState(machine.disk.connection());
    if (fresh.digest !== tables.digest) this.#options.fail(`${machine.name}: rows changed without a change of theirs: ${differenceOf(fresh.dump(), tables.dump())}`);
    this.#verdict(compareWithMerge(machine.name, running.store, tables, this.#options.chance));
    if (!this.hasForks) this.#verdict(checkReading(machine.name, machine.disk.connection(), running.store, this.#options.shownTo));
  }

  #tablesOf(db: Connection): TableState {
    const tables = this.#tables.get(db) ?? new TableState(db);
    this.#tables.set(db, tables);
    return tables;
  }

  #committed(machine: Machine, running: Running, { tables, members }: Known, changes: readonly LoggedChange[]): void {
    const { counters, chance } = this.#options;
    counters.count('commits');
    counters.count('changes applied', changes.length);
    for (const { header, hash } of changes) {
      this.#verdict(this.#stampedOnce(header, hash));
      // A fork's mending writes again what is there.
      if (!this.hasForks && TAKEN_ONCE.has(header.kind) && header.origin === running.store.origin) this.#verdict(this.#takenOnce(machine, header));
    }
    if (!this.hasForks) this.#verdict(this.causality.check(machine.name, running.store, changes, () => counters.count('answer taken without its question')));
    this.ledger.committed(machine.name, changes, machine.disk.isLevel);
    if (changes.some(({ header }) => header.kind === ChangeKind.CHANGE_KIND_REPLICA_REGISTERED)) this.#holders.is(machine.name, running);
    members.committed(changes);
    for (const { header } of changes) {
      tables.merged(header.kind, header.key);
      if (header.kind === ChangeKind.CHANGE_KIND_MESSAGE_CREATED) counters.count('messages applied');
    }
    this.#verdict(this.#convergence.check(machine.name, running.store, tables));
    const isMark = ({ kind }: ChangeHeader) => kind === ChangeKind.CHANGE_KIND_READ_MARKED || kind === ChangeKind.CHANGE_KIND_DELIVERY_MARKED;
    const marked = new Set(changes.filter(({ header }) => isMark(header)).map(({ header }) => header.key));
    if (marked.size > 0 && !this.hasForks) this.#verdict(checkReading(machine.name, machine.disk.connection(), running.store, this.#options.shownTo, marked));
    if (chance.below(MERGE_AGAIN_EVERY) === 0) this.atRest(machine, running);
  }

  /** The members by the log of the process that runs on a machine. */
  membersOf(running: Running): readonly string[] {
    return this.#known.get(running)?.members.ids() ?? [];
  }

  #cut(machine: Machine, running: Running, { tables, members }: Known): void {
    this.#options.counters.count('branch cut and written again');
    tables.readAll();
    members.readAll();
    this.ledger.rewritten(machine.name, logOf(running.store).map(({ header }) => writeKey(header.kind, header.key)));
  }

  /** No stamp is used for two changes [O1], but by a machine that was put back while it ran. */
  #stampedOnce({ origin, seq }: ChangeHeader, hash: Uint8Array): string | undefined {
    const stamp = `${origin}/${seq}`;
    const known = this.#stamps.get(stamp);
    this.#stamps.set(stamp, hash);
    return known && !this.hasForks && !sameHash(known, hash) ? `two changes have the stamp ${stamp}` : undefined;
  }

  /** A retry finds the first one [X1, X2]; on another replica, which does not have it yet, it is taken twice. */
  #takenOnce(machine: Machine, { kind, key }: ChangeHeader): string | undefined {
    const write = writeKey(kind, key);
    if (this.ledger.isHeldBy(machine.name, write)) return `${machine.name} took ${key} again`;
    if (this.ledger.holders(write) > 0) this.#options.counters.count(kind === ChangeKind.CHANGE_KIND_MESSAGE_EDITED ? 'edit taken on two replicas' : 'message taken on two replicas');
    return undefined;
  }

  #verdict(violation: string | undefined): void {
    if (violation !== undefined) this.#options.fail(violation);
  }
}

const createdKey = (sender: string, messageId: string): WriteKey => writeKey(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `${sender}/${messageId}`);

/** How many changes the vector covers. */
function coveredBy({ vector }: Running['store']): number {
  let covered = 0;
  for (const { seq } of vector) covered += seq;
  return covered;
}
