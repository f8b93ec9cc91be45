import fc from 'fast-check';
import { AccountCreated, ChangeKind, ConversationCreated, CredentialsSet, DeliveryMarked, HiddenSet, MemberSet, MessageCreated, MessageDeleted, MessageEdited, ReadMarked, ReplicaRegistered, UsernameClaimed } from '@parley/proto/replication';

/** What a change says, but for its stamp. */
export interface What {
  readonly kind: ChangeKind;
  readonly key: string;
  readonly payload: Uint8Array;
}

// Few ids, so that changes meet.
const account = fc.constantFrom('ann', 'ben');
const message = fc.constantFrom('m1', 'm2');
const conversation = fc.constantFrom('talk', 'chat');
const text = fc.constantFrom('x', 'y');

/** For each kind of change some of it; a kind without one here fails to compile. */
const byKind: Record<Exclude<keyof typeof ChangeKind, 'CHANGE_KIND_UNSPECIFIED' | 'UNRECOGNIZED'>, fc.Arbitrary<Omit<What, 'kind'>>> = {
  CHANGE_KIND_ACCOUNT_CREATED: fc.tuple(account, fc.nat(2)).map(([key, createdAtMs]) => ({ key, payload: AccountCreated.encode({ createdAtMs }).finish() })),
  CHANGE_KIND_ACCOUNT_DELETED: account.map((key) => ({ key, payload: new Uint8Array() })),
  CHANGE_KIND_USERNAME_CLAIMED: fc.tuple(account, text).map(([a, username]) => ({ key: `${a}/name`, payload: UsernameClaimed.encode({ username }).finish() })),
  CHANGE_KIND_CREDENTIALS_SET: fc.tuple(account, text, fc.boolean()).map(([key, passwordHash, initial]) => ({ key, payload: CredentialsSet.encode({ passwordHash, initial }).finish() })),
  CHANGE_KIND_CONVERSATION_CREATED: fc.tuple(conversation, account).map(([key, a]) => ({ key, payload: ConversationCreated.encode({ directAccountIds: [a, 'ben'] }).finish() })),
  CHANGE_KIND_MEMBER_SET: fc.tuple(conversation, account, fc.boolean()).map(([c, a, member]) => ({ key: `${c}/${a}`, payload: MemberSet.encode({ member }).finish() })),
  CHANGE_KIND_MESSAGE_CREATED: fc
    .tuple(account, message, conversation, text, fc.option(fc.record({ senderId: account, messageId: message }), { nil: undefined }))
    .map(([a, m, conversationId, t, replyTo]) => ({ key: `${a}/${m}`, payload: MessageCreated.encode({ conversationId, text: t, sentAtMs: 5, replyTo }).finish() })),
  CHANGE_KIND_MESSAGE_EDITED: fc
    .tuple(account, message, fc.constantFrom('e1', 'e2'), conversation, text, fc.nat(2), fc.nat(2))
    .map(([a, m, e, conversationId, t, sentAtMs, revision]) => ({ key: `${a}/${m}/${e}`, payload: MessageEdited.encode({ conversationId, sentAtMs, text: t, editedAtMs: 7 + revision, revision }).finish() })),
  CHANGE_KIND_MESSAGE_DELETED: fc
    .tuple(account, message, fc.constantFrom('talk', 'chat', ''))
    .map(([a, m, conversationId]) => ({ key: `${a}/${m}`, payload: MessageDeleted.encode({ conversationId, sentAtMs: 5 }).finish() })),
  CHANGE_KIND_READ_MARKED: fc.tuple(account, conversation, fc.nat(2), fc.nat(9)).map(([a, c, o, s]) => ({ key: `${a}/${c}`, payload: ReadMarked.encode({ read: [{ origin: o + 1, seq: s + 1 }] }).finish() })),
  CHANGE_KIND_DELIVERY_MARKED: fc.tuple(account, conversation, fc.nat(2), fc.nat(9)).map(([a, c, o, s]) => ({ key: `${a}/${c}`, payload: DeliveryMarked.encode({ delivered: [{ origin: o + 1, seq: s + 1 }] }).finish() })),
  CHANGE_KIND_HIDDEN_SET: fc.tuple(account, message, fc.boolean()).map(([a, m, hidden]) => ({ key: `${a}/ben/${m}`, payload: HiddenSet.encode({ hidden }).finish() })),
  CHANGE_KIND_REPLICA_REGISTERED: fc.tuple(fc.constantFrom('r1', 'r2'), text).map(([key, name]) => ({ key, payload: ReplicaRegistered.encode({ address: 'a:1', publicUrl: '', name }).finish() })),
  CHANGE_KIND_REPLICA_REMOVED: fc.constantFrom('r1', 'r2').map((key) => ({ key, payload: new Uint8Array() })),
};

const known = Object.entries(byKind).map(([name, what]) => what.map((rest): What => ({ kind: ChangeKind[name as keyof typeof byKind], ...rest })));
/** No message can be decoded from it. */
export const UNREADABLE = new Uint8Array([255]);
/** What does not fit its kind, or is of a kind that nobody knows. */
const strange: fc.Arbitrary<What> = fc.record({
  kind: fc.constantFrom(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, ChangeKind.CHANGE_KIND_MESSAGE_EDITED, ChangeKind.CHANGE_KIND_MEMBER_SET, 99 as ChangeKind),
  key: fc.constantFrom('', 'a/b/c/d/e', '/', 'ann/m1', 'ann/m1/e1'),
  payload: fc.constant(UNREADABLE),
});

/** Anything that a change may say, of every kind; messages, whose rules are the richest, more often. */
export const anyWhat: fc.Arbitrary<What> = fc.oneof(...known, strange, ...known.flatMap((what, i) => (Object.keys(byKind)[i]?.includes('MESSAGE') ? [what, what] : [])));

/** The stamp's part that a change does not owe to its place in its origin. */
export const anyClock = fc.integer({ min: 1, max: 5 });
export const anyOrigin = fc.integer({ min: 1, max: 3 });
