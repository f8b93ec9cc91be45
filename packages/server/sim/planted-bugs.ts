import type { Edit } from './bundle.ts';
import type { Style } from './plan.ts';

interface Budget {
  /** It has to be found within so many runs, from seed 1 on. */
  readonly maxRuns: number;
  /** Only seeds whose plans are of this style count: the others cannot find it. */
  readonly style?: Style;
}

/** A bug that the simulation has to find, made by changing the source: production code has no switches for it. */
export interface PlantedBug extends Budget {
  readonly name: string;
  readonly edits: readonly Edit[];
}

const bug = (name: string, budget: Budget, ...edits: (readonly [file: string, find: string, replace: string])[]): PlantedBug => ({
  name, ...budget, edits: edits.map(([file, find, replace]) => ({ file, find, replace })),
});

export const PLANTED_BUGS: readonly PlantedBug[] = [
  bug('the fsync is skipped', { maxRuns: 50 }, ['server/src/store/database.ts', "db.pragma('synchronous = FULL');", "db.pragma('synchronous = OFF');"]),
  bug('a write is acknowledged before the peers have it', { maxRuns: 30, style: 'calm' }, [
    'server/src/replication/acknowledgements.ts',
    'const isAwaited = peer.up || (waiter.everyone && !((peer.lastFailureAt ?? -1) >= waiter.since));',
    'const isAwaited = false;',
  ]),
  bug('copies are counted by calls that succeed, not by vectors', { maxRuns: 50 }, [
    'server/src/replication/copies.ts',
    'if (peer.holds(write)) holders',
    'if (peer.holds(write) || peer.up) holders',
  ]),
  bug('two copies count as all that are up', { maxRuns: 100 }, ['server/src/replication/copies.ts', 'onAllUp: !isLacking && holders', 'onAllUp: holders']),
  bug('copies name a replica that lacks the write', { maxRuns: 50 },
    ['server/src/replication/copies.ts', 'let isLacking = false;', "let isLacking = false;\n  let lacking = '';"],
    ['server/src/replication/copies.ts', 'else isLacking ||= peer.up;', 'else {\n      isLacking ||= peer.up;\n      lacking = holderName(peer.replicaId);\n    }'],
    ['server/src/replication/copies.ts', 'replicas), holders };', "replicas), holders: lacking === '' || holders.length === 1 ? holders : [...holders.slice(0, -1), lacking] };"],
  ),
  bug('of copies that rise all are told when one has come', { maxRuns: 100 }, [
    'server/src/chat/rising-copies.ts',
    'const copies = creation && this.#options.count(creation);',
    'const copies = creation && { ...this.#options.count(creation), stored: this.#options.count(creation).replicas };',
  ]),
  bug('depends_on is ignored', { maxRuns: 600 }, [
    'server/src/replication/receive.ts',
    'if (!next.header.dependsOn.every((entry) => this.#isCovered(tx, entry, here))) break;',
    '',
  ]),
  bug('one depends_on counts for a whole batch', { maxRuns: 500 }, [
    'server/src/replication/receive.ts',
    'if (!next.header.dependsOn.every((entry) => this.#isCovered(tx, entry, here))) break;',
    'if (!applied.some(({ header }) => header.origin === origin) && !next.header.dependsOn.every((entry) => this.#isCovered(tx, entry, here))) break;',
  ]),
  bug('one origin for ever', { maxRuns: 400, style: 'lossy' },
    ['server/src/store/store.ts', 'this.#savedHlc = this.#hlc;\n    this.#transaction', "this.#savedHlc = this.#hlc;\n    this.#origin = Number(this.#readLocal.get('origin')?.value ?? 0) || undefined;\n    this.#transaction"],
    ['server/src/store/store.ts', 'while (this.vector.get(this.#origin));', "while (this.vector.get(this.#origin));\n    this.#saveLocal.run('origin', this.#origin);"],
  ),
  bug('a retry brings a deleted message back', { maxRuns: 500 }, ['server/src/store/message-rules.ts', 'WHERE excluded.state > state\n', 'WHERE excluded.state > state OR (excluded.state < state AND excluded.hlc > hlc)\n']),
  bug('the text of a creation that comes after the deletion is kept', { maxRuns: 300 }, ['server/src/store/message-rules.ts', 'return row?.state === MESSAGE_DELETED_STATE ? [stamp] : NOTHING;', 'return NOTHING;']),
  bug('deleting leaves the text in the log', { maxRuns: 50 }, ['server/src/store/store.ts', 'const arrival = this.log.erase(origin, seq);\n      if (arrival', 'const arrival = undefined;\n      if (arrival']),
  bug('of two edits the lower one wins', { maxRuns: 100 }, ['server/src/store/edit-rules.ts', 'excluded.origin, excluded.seq) > (revision, hlc, origin, seq)', 'excluded.origin, excluded.seq) < (revision, hlc, origin, seq)']),
  bug('an edit brings a deleted message back', { maxRuns: 300 },
    ['server/src/store/edit-rules.ts', 'if (!isDeleted) {', 'if (senderId) {'],
    ['server/src/store/edit-rules.ts', 'WHERE state = ${MESSAGE_CREATED_STATE}\n', 'WHERE state <> ${MESSAGE_EDITED_STATE}\n'],
  ),
  bug('deleting leaves the text of edits in the log', { maxRuns: 100 }, ['server/src/store/message-rules.ts', '...forgetEdits(senderId, messageId)]', '...forgetEdits(senderId, messageId).slice(0, 0)]']),
  bug('the text of an edit that comes after the deletion is kept', { maxRuns: 500 }, ['server/src/store/edit-rules.ts', 'return isDeleted ? [stamp] : NOTHING;', 'return NOTHING;']),
  bug('edits go by their stamps alone', { maxRuns: 300 }, [
    'server/src/store/edit-rules.ts',
    '(excluded.revision, excluded.hlc, excluded.origin, excluded.seq) > (revision, hlc, origin, seq)',
    '(excluded.hlc, excluded.origin, excluded.seq) > (hlc, origin, seq)',
  ]),
  bug('an edit does not wait for its message', { maxRuns: 300 }, ['client/src/engine.ts', "isReady: (deed) => deed.kind !== 'edit' || !this.outbox.mayBeUnsent(deed.messageId),", 'isReady: () => true,']),
  bug('a retry of an edit does not look for the first one', { maxRuns: 200 }, ['server/src/chat/edits.ts', 'if (known) return known;', '']),
  bug('a server’s older word takes an edit back', { maxRuns: 300 }, ['client/src/rows.ts', 'if (!word) return held;', 'if (!word) return undefined;']),
  bug('read marks cover what the server has, not what was delivered', { maxRuns: 300 }, [
    'server/src/chat/marks.ts',
    'const read = newlyCovered(tx, request.conversationId, vector,',
    'const read = newlyCovered(tx, request.conversationId, tx.vector,',
  ]),
  bug('read marks go by time', { maxRuns: 300 }, [
    'server/src/store/queries/messages.ts',
    'AND r.of_origin = m.created_origin AND r.upto_seq >= m.created_seq)\n  OR',
    'AND m.created_hlc <= (SELECT max(x.hlc) FROM changes x WHERE x.origin = r.of_origin AND x.seq = r.upto_seq))\n  OR',
  ]),
  bug('a retry moves a message down', { maxRuns: 300 }, ['server/src/store/message-rules.ts', 'const order = compareStamps({ hlc, origin, seq }, known);', 'const order = -compareStamps({ hlc, origin, seq }, known);']),
  bug('a retry does not look for the first one', { maxRuns: 100 }, ['server/src/chat/messages.ts', 'if (known?.position) return known;', '']),
  bug('one cursor instead of seen and resume', { maxRuns: 300 }, ['client/src/cursors.ts', 'this.#seen.set(keyOf(reply), reply);', 'this.#seen.set(keyOf(reply), reply);\n    if (this.#resume.length > 0) this.#resume = new Uint8Array(reply);']),
  bug('what was shown is forgotten with a page load', { maxRuns: 400 }, ['client/src/seen-memory.ts', 'return kept.map(fromHex);', 'return [];']),
  bug('a list puts its newest message into an open conversation', { maxRuns: 600 }, [
    'client/src/store.ts',
    'if (this.messages.get(word.conversationId)?.has(messageKey(word))) return this.#merge(word, standing);',
    'if (standing !== undefined) return this.#merge(word, standing);',
  ]),
  bug('the outbox is sent out of order', { maxRuns: 100 }, ['client/src/outbox-lanes.ts', 'const entry = this.#options.entries.all.find(', 'const entry = this.#options.entries.all.findLast(']),
  bug('the clock does not follow what was seen', { maxRuns: 300 }, ['server/src/stamp/clock.ts', 'return Math.max(highest + 1, ', 'return Math.max(highest > 1e18 ? highest + 1 : 0, ']),
  bug('a failed transaction leaves its vector in memory', { maxRuns: 300 }, ['server/src/store/commit.ts', 'this.#hooks.undo(true);', '']),
  bug('what the writer cannot bring is not pulled', { maxRuns: 300 }, ['server/src/replication/pull.ts', 'if (this.#closed) return false;\n    const now', 'if (!this.#closed) return false;\n    const now']),
  bug('a claim does not look again', { maxRuns: 60, style: 'calm' }, ['server/src/chat/accounts.ts', 'if (store.queries.accounts.claims(canonical)[0]?.accountId !== accountId) {', 'if (Number(accountId) > 0) {']),
  bug('of two member rows the one that comes last wins', { maxRuns: 300 }, [
    'server/src/store/merge.ts',
    'ON CONFLICT DO UPDATE SET member = excluded.member, ${STAMP} WHERE ${LATER}`',
    'ON CONFLICT DO UPDATE SET member = excluded.member, ${STAMP}`',
  ]),
  bug('a vector is believed without its hash', { maxRuns: 150, style: 'forked' }, ['server/src/store/store.ts', "return same ? 'covered' : 'forked';", "return 'covered';"]),
  bug('the branch that was cut is dropped', { maxRuns: 100, style: 'forked' }, ['server/src/store/store.ts', 'const branch = this.log.remove(origin, seq);', 'const branch = this.log.remove(origin, seq).slice(0, 0);']),
  bug('a removed replica is still counted and waited for', { maxRuns: 200 }, [
    'server/src/replication/membership.ts',
    'if (store.queries.replicas.removal(replicaId)) this.#dismiss(peer);\n      else this.#drop(peer);',
    'if (!store.queries.replicas.removal(replicaId)) this.#drop(peer);',
  ]),
  bug('a removal holds whatever registers after it', { maxRuns: 200 }, ['server/src/store/queries/replicas.ts', "'(m.hlc, m.origin, m.seq) > (r.hlc, r.origin, r.seq)'", "'m.hlc > 0'"]),
  bug('a replica that was removed while it was down stays out', { maxRuns: 300 }, ['server/src/replication/own-registration.ts', 'else if (removal) this.#registerAgain();', 'else if (removal) return;']),
  bug('a peer is called only where it is registered', { maxRuns: 400, style: 'forked' }, ['server/src/replication/replication.ts', "if (address !== '' && address !== peer.address && peer.isUnreached)", 'if (Number.isNaN(address))']),
  bug('a member that another one has replaced is waited for like others', { maxRuns: 400, style: 'forked' }, ['server/src/replication/waivers.ts', 'if (peer.isReplaced) continue;', '']),
  bug('two processes with one id, both registered where they are, go on so', { maxRuns: 200, style: 'forked' }, ['server/src/replication/own-registration.ts', 'if (compareStamps(registered, answer.registered) < 0) await', 'if (compareStamps(registered, answer.registered) < -1e99) await']),
  bug('a removed replica goes on serving people', { maxRuns: 200 }, ['server/src/replication/own-registration.ts', 'if (removal && this.#isOfWhileItRan(removal)) this.#remove();', 'if (removal && this.#isOfWhileItRan(removal)) return;']),
  bug('an answer does not wait for as many copies as --wait-for says', { maxRuns: 100, style: 'calm' }, ['server/src/replication/acknowledgements.ts', 'this.count(waiter.write).stored >= waitFor;', 'this.count(waiter.write).stored >= 1;']),
  bug('with --wait-for a new account does not ask all', { maxRuns: 100, style: 'calm' }, ['server/src/replication/acknowledgements.ts', 'return !waiter.everyone && waitFor', 'return waitFor']),
  bug('only the first secret is accepted', { maxRuns: 100 }, ['server/src/replication/proof.ts', 'keys.some((key) => isProofBy(key, proof))', 'keys.slice(0, 1).some((key) => isProofBy(key, proof))']),
  bug('a queue of received changes has no bound', { maxRuns: 300 }, ['server/src/replication/receive.ts', 'if (queue.size < MAX_QUEUED || seq === this.#store.vector.seq(origin) + 1) queue.set', 'queue.set']),
  bug('what was applied stays queued', { maxRuns: 50 }, ['server/src/replication/receive.ts', 'for (const record of applied) this.#forget(record.header.origin, record.header.seq);', '']),
  bug('a missing tombstone is never written again', { maxRuns: 400, style: 'lossy' }, ['server/src/replication/tombstones.ts', 'if (store.queries.messages.erasedWithoutTombstone(1).length === 0) return;', 'if (store.version > 0) return;']),
];
