import type { JoinResponse } from '@parley/proto/replication';
import type { Logger } from 'pino';
import type { Time } from '../stamp/clock.ts';
import type { Store } from '../store/store.ts';
import type { Connect, ReplicationLink } from './link.ts';
import { findParting } from './parting.ts';
import { isRefusedProof } from './proof.ts';
import { Receiver } from './receive.ts';
import type { Identity } from './reports.ts';

/** Seeds are asked again this often. */
const ASK_EVERY_MS = 500;
/** While it waits, a replica says so in its log this often. */
const TELL_EVERY_MS = 5000;

/** What this replica is told that only an operator can mend; the message is one line. */
export class CannotJoin extends Error {}

export interface Joining {
  readonly store: Store;
  readonly time: Time;
  readonly log: Logger;
  readonly connect: Connect;
  readonly identity: Omit<Identity, 'clusterId'>;
  /** Puts a new replica id into the file. Nobody counts on the one of a replica that has not joined yet. */
  readonly takeNewId: () => Promise<Omit<Identity, 'clusterId'>>;
  /** Addresses that the operator gave: --replicas and --join. */
  readonly seeds: readonly string[];
  /** The id of the cluster that these secrets begin. */
  readonly ownClusterId: string;
  /** --first: begin a new cluster without asking. */
  readonly isFirst: boolean;
  /** Its database was damaged and set aside: it begins no cluster, but with --first. */
  readonly wasDamaged: boolean;
  readonly isClosed: () => boolean;
  /** With a donor that has more changes than this, its file is to be copied first. */
  readonly copyAbove: number;
}

/** A running cluster with so many changes that copying a donor's file is faster than pulling them. */
export interface LargeCluster {
  readonly clusterId: string;
  /** Addresses, those that answered first. */
  readonly donors: readonly string[];
}

interface Answer {
  readonly address: string;
  readonly join: JoinResponse | undefined;
}

/**
 * Makes an empty database part of a cluster: copies one that a seed is a member of, or begins one when all seeds are
 * empty too, or with --first [J1]. It never begins one while a seed does not answer: a lost disk must not come up as an empty
 * cluster. Resolves to the cluster's id once level with the donor, to a cluster whose file is to be copied first, or to undefined when
 * closed meanwhile. Throws CannotJoin.
 */
export async function join(joining: Joining): Promise<string | LargeCluster | undefined> {
  const { log, time, ownClusterId } = joining;
  let { identity } = joining;
  const toldAt = { ms: Number.NEGATIVE_INFINITY };
  while (!joining.isClosed()) {
    const answers = joining.isFirst ? [] : await askSeeds({ ...joining, identity });
    const others = answers.filter(({ join }) => join?.process !== identity.process);
    const donors = others.filter(({ join }) => join && !join.empty);
    const isHalfCopied = joining.store.log.head > 0;
    if (isHalfCopied && others.length === 0) throw new CannotJoin('this database is an unfinished copy of a cluster; start it with --join and the address of a replica, or with another --db-file');
    const mustCopy = isHalfCopied || (joining.wasDamaged && !joining.isFirst);
    if (mustCopy && others.length === 0) throw new CannotJoin('this database was damaged and is set aside; start the replica with --join and the address of another one, or with --first for a new, empty cluster');
    if (!mustCopy && donors.length === 0 && others.every(({ join }) => join)) return ownClusterId;
    const clusterId = donors[0]?.join?.clusterId ?? '';
    // A donor's loss means going on with another, also one that only a donor told of; what was copied stays.
    const addresses = new Set([...donors.map((donor) => donor.address), ...donors.flatMap(({ join }) => join?.memberAddresses ?? [])]);
    addresses.delete(identity.address);
    if (!isHalfCopied && donors.some(({ join }) => (join?.changes ?? 0) > joining.copyAbove)) return { clusterId, donors: [...addresses] };
    for (const address of addresses) {
      log.info({ donor: address }, 'copying from a donor');
      const outcome = await copyFrom(address, clusterId, { ...joining, identity });
      if (outcome === 'copied') return clusterId;
      if (outcome === 'namesake') identity = await joining.takeNewId();
    }
    if (time.monotonicMs() - toldAt.ms > TELL_EVERY_MS) {
      toldAt.ms = time.monotonicMs();
      const silent = others.filter(({ join }) => !join).map(({ address }) => address);
      log.info({ silent }, 'waiting for the other replicas; --first begins a new cluster without them');
    }
    await new Promise<void>((resolve) => void time.after(ASK_EVERY_MS, resolve));
  }
  return undefined;
}

function askSeeds({ seeds, connect, identity }: Joining): Promise<Answer[]> {
  return Promise.all(
    seeds.map(async (address) => {
      const answer = await withLink(connect, address, (link) => link.join({ replicaId: identity.replicaId, address: identity.address })).catch((error: unknown) => {
        if (isRefusedProof(error)) throw new CannotJoin(`the replica at ${address} has another cluster secret; give this one a copy of its secret file (--cluster-secret-file)`);
        return undefined;
      });
      return { address, join: answer };
    }),
  );
}

/** Pulls until level with the donor. 'namesake': it has this replica's id, as its file, or this one's, is a copy [O2]. */
async function copyFrom(address: string, clusterId: string, { store, connect, identity, log, time, isClosed }: Joining): Promise<'copied' | 'lost' | 'namesake'> {
  const forked = new Set<number>();
  const receiver = new Receiver(store, ({ origin }) => forked.add(origin));
  try {
    return await withLink(connect, address, async (link) => {
      const donor = await link.join({ replicaId: identity.replicaId, address: identity.address });
      if (donor.replicaId === identity.replicaId && donor.process !== identity.process) {
        log.error({ alarm: 'doubled', donor: address }, 'the donor has the same replica id, as one of the two databases is a copy: this replica takes a new one');
        return 'namesake';
      }
      for (let copied = 0, told = 0; ; ) {
        const before = store.version;
        // It tells nothing of what is here, so it is of no version: the donor must not take a later report for what moved since.
        const response = await link.pull({
          report: { ...identity, clusterId, origin: 0, version: 0, since: 0, entries: [], hlc: store.hlc, knownProcess: 0, knownVersion: 0, draining: false, wallMs: time.wallMs() },
          have: { entries: [...store.vector] },
        });
        await receiver.receive(response.changes);
        if (isClosed()) return 'lost';
        copied += response.changes.length;
        if (copied - told >= 10_000) log.info({ changes: (told = copied) }, 'copying');
        const report = response.report;
        if (report) store.observe(report.hlc);
        for (const entry of report?.entries ?? []) if (store.covers(entry) === 'forked') forked.add(entry.origin);
        for (const origin of forked) await giveWay(store, log, origin, link);
        if (forked.size === 0 && report && !response.more && store.vector.reaches(report.entries)) {
          log.info({ changes: copied }, 'copied');
          return 'copied';
        }
        forked.clear();
        // The donor applied them in this order: what they depend on and did not bring, it does not have either.
        if (store.version === before) await receiver.waive(receiver.blocked().flatMap(({ lacking }) => lacking));
        if (store.version === before) throw new Error('its changes do not follow what was copied before');
      }
    });
  } catch (error) {
    log.warn({ donor: address, reason: error instanceof Error ? error.message : String(error) }, 'the donor was lost; going on with another');
    return 'lost';
  }
}

/** A joiner always gives way to its donor: what it copied of another branch, it cuts and writes again [F3]. */
async function giveWay(store: Store, log: Logger, origin: number, link: ReplicationLink): Promise<void> {
  const parting = await findParting(store.vector.seq(origin), (seq) => store.log.hashAt(origin, seq), async (seqs) => (await link.readHashes({ origin, seqs })).hashes);
  if (!parting) return;
  log.error({ alarm: 'fork', origin, from: parting.seq }, 'the donor has another history than what was copied before: this replica gives way');
  await store.cut({ origin, seq: parting.seq, hash: parting.ours });
}

/**
 * Two processes under one replica id, because a database file was copied: the one that does not answer at the
 * registered address takes a new id. True when this process is that one.
 */
export async function isCopy(joining: Pick<Joining, 'store' | 'connect' | 'identity'>): Promise<boolean> {
  const { store, connect, identity } = joining;
  const registered = store.queries.replicas.registration(identity.replicaId);
  if (!registered || registered.address === identity.address) return false;
  const answer = await whoAnswersAt(registered.address, { connect, identity });
  return answer !== undefined && answer.replicaId === identity.replicaId && answer.process !== identity.process;
}

/** The replica that answers at an address; undefined: none in time. */
export function whoAnswersAt(address: string, { connect, identity }: Pick<Joining, 'connect' | 'identity'>): Promise<JoinResponse | undefined> {
  return withLink(connect, address, (link) => link.join({ replicaId: identity.replicaId, address: identity.address })).catch(() => undefined);
}

async function withLink<T>(connect: Connect, address: string, use: (link: ReplicationLink) => Promise<T>): Promise<T> {
  const link = connect(address);
  try {
    return await use(link);
  } finally {
    link.close();
  }
}
