import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateAccountRequest, ListMessagesResponse, LogInRequest, MarkReadRequest, Receipt, SendMessageRequest } from '@parley/proto/chat';
import { Change, ChangeHeader, ChangeKind, MessageCreated, ReplicateRequest } from '@parley/proto/replication';
import { HandPacker } from './hand-packer.ts';

/** Bytes that look random and are the same in each run. */
function bytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761) ^ Math.imul(seed + 7, 40503)) >>> 11);
}
const id = (seed: number) => [...bytes(26, seed)].map((byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('');
const HLC = 890_123_456_789_012;
const ORIGIN = 187_650_123_456_789;
const SENT_AT = 1_795_000_000_000;
const TEXT = 'See you at the harbour at half past seven. Bring the charts, please.';
const seen = [bytes(150, 3)];

const asJson = (message: object) => Buffer.byteLength(JSON.stringify(message, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value)));

const createAccount = { username: 'marguerite', password: 'correct horse battery', nonce: bytes(32, 1), seen: [] };
const logIn = { username: 'marguerite', password: 'correct horse battery', seen: [] };
const send = { to: { $case: 'conversationId' as const, value: id(1) }, messageId: id(2), text: TEXT, seen };
const markRead = { conversationId: id(1), resume: bytes(150, 4), seen };
const messages = Array.from({ length: 50 }, (_, i) => ({
  conversationId: id(1), senderId: id(i % 2), messageId: id(10 + i), text: TEXT, position: { hlc: HLC + i, origin: ORIGIN }, createdSeq: 100 + i, receipt: Receipt.RECEIPT_UNSPECIFIED, sentAtMs: SENT_AT + i, deleted: false, unread: i < 3, hidden: false, copies: undefined,
}));
const page = { messages, more: true, seen: seen[0] ?? new Uint8Array(), behind: false };
const changes = Array.from({ length: 100 }, (_, i) => ({
  header: { origin: ORIGIN, seq: 5000 + i, hlc: HLC + i, dependsOn: [], prevHash: bytes(16, i), kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: `${id(1)}/${id(100 + i)}`, payloadHash: bytes(16, 200 + i) },
  payload: { conversationId: id(3), text: TEXT, sentAtMs: SENT_AT + i },
  salt: bytes(16, 400 + i),
}));

const packSeen = (to: HandPacker) => to.list(seen, (cursor) => to.blob(cursor));

interface Sizes {
  readonly what: string;
  readonly protobuf: number;
  readonly json: number;
  readonly packed: number;
}

const sizes: Sizes[] = [
  {
    what: 'CreateAccount',
    protobuf: CreateAccountRequest.encode(createAccount).finish().length,
    json: asJson(createAccount),
    packed: new HandPacker().text(createAccount.username).text(createAccount.password).blob(createAccount.nonce).list([], () => {}).length,
  },
  {
    what: 'LogIn',
    protobuf: LogInRequest.encode(logIn).finish().length,
    json: asJson(logIn),
    packed: new HandPacker().text(logIn.username).text(logIn.password).list([], () => {}).length,
  },
  {
    what: 'SendMessage',
    protobuf: SendMessageRequest.encode(send).finish().length,
    json: asJson({ conversationId: send.to.value, messageId: send.messageId, text: send.text, seen }),
    packed: packSeen(new HandPacker().byte(1).text(send.to.value).text(send.messageId).text(send.text)).length,
  },
  {
    what: 'MarkRead',
    protobuf: MarkReadRequest.encode(markRead).finish().length,
    json: asJson(markRead),
    packed: packSeen(new HandPacker().text(markRead.conversationId).blob(markRead.resume)).length,
  },
  {
    what: 'a page of 50 messages',
    protobuf: ListMessagesResponse.encode(page).finish().length,
    json: asJson(page),
    packed: new HandPacker()
      .list(messages, (message, to) =>
        to.text(message.conversationId).text(message.senderId).text(message.messageId).text(message.text).number(message.position.hlc).number(message.position.origin).number(message.createdSeq).number(message.sentAtMs).byte(message.unread ? 1 : 0).byte(message.receipt),
      )
      .byte(1)
      .blob(page.seen).length,
  },
  {
    what: 'a Replicate batch of 100 messages',
    protobuf: ReplicateRequest.encode({
      report: undefined,
      changes: changes.map(({ header, payload, salt }) => Change.fromPartial({ header: ChangeHeader.encode(header).finish(), payload: MessageCreated.encode(payload).finish(), salt })),
    }).finish().length,
    json: asJson({ changes }),
    packed: new HandPacker().list(changes, ({ header, payload, salt }, to) =>
      to.number(header.origin).number(header.seq).number(header.hlc).list([], () => {}).blob(header.prevHash).byte(header.kind).text(header.key).blob(header.payloadHash)
        .text(payload.conversationId).text(payload.text).number(payload.sentAtMs).blob(salt),
    ).length,
  },
];

const table = [
  '| what | protobuf | JSON | hand-packed | JSON / protobuf | protobuf / hand-packed |',
  '|---|---:|---:|---:|---:|---:|',
  ...sizes.map(({ what, protobuf, json, packed }) => `| ${what} | ${protobuf} | ${json} | ${packed} | ${(json / protobuf).toFixed(2)} | ${(protobuf / packed).toFixed(2)} |`),
].join('\n');

test.each(sizes)('$what: protobuf is smaller than JSON, and at most a tenth larger than packed by hand', ({ protobuf, json, packed }) => {
  expect(protobuf).toBeLessThan(json);
  expect(protobuf).toBeLessThanOrEqual(packed * 1.1);
});

test('docs/efficiency.md shows these numbers', () => {
  expect(readFileSync(join(__dirname, '../../../docs/efficiency.md'), 'utf8')).toContain(table);
});
