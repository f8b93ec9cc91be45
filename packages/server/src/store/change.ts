import { hash } from 'node:crypto';
import { Change, ChangeHeader, ChangeKind, MessageCreated, MessageEdited } from '@parley/proto/replication';
import { type RandomBytes, systemRandom } from '../random.ts';
import type { Stamp } from '../stamp/stamp.ts';
import { sameHash, type VectorEntry } from '../stamp/version-vector.ts';

/**
 * Hashes are cut to 16 bytes: 128 bits are plenty between replicas that trust each other, and vectors, which carry one
 * for each origin, travel with every call (docs/decisions/0002).
 */
const HASH_BYTES = 16;
const SALT_BYTES = 16;
const NONE = new Uint8Array();

/** A change as the log holds it: what was decoded of it, and the encoded message that goes to disk and to peers as it is. */
export interface ChangeRecord {
  readonly header: ChangeHeader;
  readonly hash: Uint8Array;
  readonly change: Change;
}

export class MalformedChange extends Error {}

function digest(...parts: Uint8Array[]): Uint8Array {
  const whole = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  return hash('sha256', whole, 'buffer').subarray(0, HASH_BYTES);
}

/** Writes a new change down: the one place where a header is encoded. */
export function encodeChange(
  stamp: Stamp,
  what: { kind: ChangeKind; key: string; payload: Uint8Array },
  previous: Uint8Array | undefined,
  dependsOn: readonly VectorEntry[],
  random: RandomBytes = systemRandom,
): ChangeRecord {
  const salt = random(SALT_BYTES);
  const header: ChangeHeader = {
    origin: stamp.origin,
    seq: stamp.seq,
    hlc: stamp.hlc,
    dependsOn: dependsOn.map((entry) => ({ origin: entry.origin, seq: entry.seq, hash: entry.hash })),
    prevHash: previous ?? new Uint8Array(),
    kind: what.kind,
    key: what.key,
    payloadHash: digest(what.payload, salt),
  };
  const headerBytes = ChangeHeader.encode(header).finish();
  return { header, hash: digest(headerBytes), change: { header: headerBytes, payload: what.payload, salt } };
}

/**
 * Reads a change that came from a peer or the disk. Throws MalformedChange where it contradicts itself; text that an
 * erased one has after all is left out.
 */
export function decodeChange(change: Change): ChangeRecord {
  let header: ChangeHeader;
  try {
    header = ChangeHeader.decode(change.header);
  } catch {
    throw new MalformedChange('its header cannot be decoded');
  }
  if (!(header.origin > 0 && header.seq > 0 && header.hlc > 0)) throw new MalformedChange('it has no stamp');
  const record = { header, hash: digest(change.header), change };
  if (isErased(change)) return hasText(header.kind, change.payload) ? erase(record) : record;
  if (!sameHash(header.payloadHash, digest(change.payload, change.salt))) throw new MalformedChange('its payload is not the one that its header names');
  return record;
}

/** Was its text taken out? Whatever is whole has a salt. */
export function isErased({ salt }: Change): boolean {
  return salt.length === 0;
}

/**
 * The change without its text. Header, stamp and hash stay; of a message's creation and edits also where and when it was,
 * which its tombstone needs and nothing proves any more (docs/decisions/0011).
 */
export function erase<R extends ChangeRecord>(record: R): R {
  return { ...record, change: eraseChange(record.header.kind, record.change) };
}

function eraseChange(kind: ChangeKind, { header, payload }: Change): Change {
  return { header, payload: TEXTS.get(kind)?.without(payload) ?? NONE, salt: NONE };
}

function hasText(kind: ChangeKind, payload: Uint8Array): boolean {
  try {
    return TEXTS.get(kind)?.has(payload) ?? false;
  } catch {
    return payload.length > 0;
  }
}

/** How the payloads of a kind that carries a message's text are read and written. */
function textIn<P extends { conversationId: string; text: string; sentAtMs: number }>(payloads: { decode(bytes: Uint8Array): P; encode(payload: P): { finish(): Uint8Array } }, rest: (payload: P) => P) {
  return {
    has: (payload: Uint8Array) => payloads.decode(payload).text !== '',
    without: (payload: Uint8Array) => {
      try {
        return payloads.encode(rest(payloads.decode(payload))).finish();
      } catch {
        return NONE;
      }
    },
  };
}

/** The kinds that carry text, and what stays of one: where and when the message was. */
const TEXTS: ReadonlyMap<ChangeKind, ReturnType<typeof textIn>> = new Map([
  [ChangeKind.CHANGE_KIND_MESSAGE_CREATED, textIn(MessageCreated, ({ conversationId, sentAtMs }) => ({ conversationId, text: '', sentAtMs }))],
  [ChangeKind.CHANGE_KIND_MESSAGE_EDITED, textIn(MessageEdited, ({ conversationId, sentAtMs }) => ({ conversationId, text: '', sentAtMs, editedAtMs: 0, revision: 0 }))],
]);

/** Reads the encoded form that the log keeps. */
export function decodeStored(bytes: Uint8Array): ChangeRecord {
  return decodeChange(Change.decode(bytes));
}

/** Takes the text out of a change in the encoded form that the log keeps; undefined where it is out already. */
export function eraseStored(bytes: Uint8Array): Uint8Array | undefined {
  const change = Change.decode(bytes);
  return isErased(change) ? undefined : Change.encode(eraseChange(ChangeHeader.decode(change.header).kind, change)).finish();
}

/** The hash alone, of a change in the encoded form that the log keeps. */
export function hashOfStored(bytes: Uint8Array): Uint8Array {
  return digest(Change.decode(bytes).header);
}
