import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import type { ChatServiceDefinition } from '@parley/proto/chat';
import Database from '@parley/sqlite';
import { BadRequest, ErrorInfo, Status } from '@parley/proto/status';
import { randomId } from '../src/ids.ts';
import { TestCluster } from './cluster.ts';
import { as, createPerson, PASSWORD, type Person, sendTo } from './people.ts';

type Method = Exclude<keyof typeof ChatServiceDefinition.methods, 'subscribe'>;
type Case = [what: string, method: Method, request: object, code: status, reason: string, field?: string];

const long = (length: number) => 'x'.repeat(length);
const UNKNOWN = randomId();
const nonce = new Uint8Array(32).fill(7);
const dorasNonce = new Uint8Array(32).fill(8);
const { INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED, ALREADY_EXISTS } = status;
const to = (value: string) => ({ $case: 'recipientId' as const, value });

describe('bad input gives its documented code and changes nothing', () => {
  let cluster: TestCluster;
  let alice: Person;
  let bob: Person;
  let mallory: Person;
  /** A message from alice to bob: not mallory's. */
  let theirs: { conversationId: string; senderId: string; messageId: string };
  let foreignCursor: Uint8Array;
  let goodCursor: Uint8Array;

  beforeAll(async () => {
    cluster = await TestCluster.of('server1');
    const { caller } = cluster.get('server1');
    [alice, bob, mallory] = [await createPerson(caller, 'alice'), await createPerson(caller, 'bob'), await createPerson(caller, 'mallory')];
    await caller.call('createAccount', { username: 'dora', password: PASSWORD, nonce: dorasNonce });
    const sent = await sendTo(as(caller, alice), bob, 'between us');
    theirs = { conversationId: sent.message?.conversationId ?? '', senderId: alice.accountId, messageId: sent.message?.messageId ?? '' };
    const other = await TestCluster.of('elsewhere');
    goodCursor = sent.seen;
    foreignCursor = (await createPersonFully(other)).seen;
    await other.close();
  }, 20_000);
  afterAll(() => cluster.close());

  const refused = async (method: Method, request: object) => {
    const { caller } = cluster.get('server1');
    const before = dump(cluster.get('server1').dbFile);
    const error = await caller.call(method, request as never).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(dump(cluster.get('server1').dbFile)).toBe(before);
    return read(error);
  };

  // Requests are made when the ids are known: after beforeAll.
  const cases = (): Case[] => [
    ['empty', 'createAccount', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'username'],
    ['oversized username', 'createAccount', { username: long(33), password: PASSWORD, nonce }, INVALID_ARGUMENT, 'INVALID_FIELD', 'username'],
    ['wrong characters', 'createAccount', { username: 'a b', password: PASSWORD, nonce }, INVALID_ARGUMENT, 'INVALID_FIELD', 'username'],
    ['a name that only a later claim has', 'createAccount', { username: 'a~k3f9', password: PASSWORD, nonce }, INVALID_ARGUMENT, 'INVALID_FIELD', 'username'],
    ['a slash in disguise', 'createAccount', { username: 'a／b', password: PASSWORD, nonce }, INVALID_ARGUMENT, 'INVALID_FIELD', 'username'],
    ['short password', 'createAccount', { username: 'new', password: '1234567', nonce }, INVALID_ARGUMENT, 'INVALID_FIELD', 'password'],
    ['oversized password', 'createAccount', { username: 'new', password: long(129), nonce }, INVALID_ARGUMENT, 'INVALID_FIELD', 'password'],
    ['no nonce', 'createAccount', { username: 'new', password: PASSWORD }, INVALID_ARGUMENT, 'INVALID_FIELD', 'nonce'],
    ['oversized nonce', 'createAccount', { username: 'new', password: PASSWORD, nonce: new Uint8Array(65) }, INVALID_ARGUMENT, 'INVALID_FIELD', 'nonce'],
    ['another password for an account that is there', 'createAccount', { username: 'dora', password: `${PASSWORD}!`, nonce: dorasNonce }, UNAUTHENTICATED, 'WRONG_CREDENTIALS'],
    ['taken username', 'createAccount', { username: 'ALICE', password: PASSWORD, nonce }, ALREADY_EXISTS, 'USERNAME_TAKEN', 'username'],
    ['forged cursor', 'createAccount', { username: 'new', password: PASSWORD, nonce, seen: [new Uint8Array(40)] }, INVALID_ARGUMENT, 'INVALID_FIELD', 'seen'],
    ['empty', 'logIn', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'password'],
    ['oversized', 'logIn', { username: 'alice', password: long(129) }, INVALID_ARGUMENT, 'INVALID_FIELD', 'password'],
    ['wrong characters', 'logIn', { username: 'al ice', password: PASSWORD }, INVALID_ARGUMENT, 'INVALID_FIELD', 'username'],
    ['unknown', 'logIn', { username: 'nobody', password: PASSWORD }, UNAUTHENTICATED, 'WRONG_CREDENTIALS'],
    ['wrong password', 'logIn', { username: 'alice', password: 'not this one' }, UNAUTHENTICATED, 'WRONG_CREDENTIALS'],
    ['another cluster’s cursor', 'logIn', { username: 'alice', password: PASSWORD, seen: [foreignCursor] }, INVALID_ARGUMENT, 'INVALID_FIELD', 'seen'],
    ['too many cursors', 'logOut', { seen: Array.from({ length: 17 }, () => foreignCursor) }, INVALID_ARGUMENT, 'INVALID_FIELD', 'seen'],
    ['empty', 'changePassword', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'old_password'],
    ['short new password', 'changePassword', { oldPassword: PASSWORD, newPassword: 'short' }, INVALID_ARGUMENT, 'INVALID_FIELD', 'new_password'],
    ['wrong old password', 'changePassword', { oldPassword: 'not this one', newPassword: 'another good one' }, PERMISSION_DENIED, 'WRONG_PASSWORD'],
    ['wrong characters', 'getAccount', { account: { $case: 'accountId', value: 'ALICE' } }, INVALID_ARGUMENT, 'INVALID_FIELD', 'account_id'],
    ['unknown id', 'getAccount', { account: { $case: 'accountId', value: UNKNOWN } }, NOT_FOUND, 'ACCOUNT_NOT_FOUND'],
    ['unknown username', 'getAccount', { account: { $case: 'username', value: 'nobody' } }, NOT_FOUND, 'ACCOUNT_NOT_FOUND'],
    ['oversized username', 'getAccount', { account: { $case: 'username', value: long(100_000) } }, INVALID_ARGUMENT, 'INVALID_FIELD', 'username'],
    ['wrong characters in a username', 'getAccount', { account: { $case: 'username', value: 'al ice' } }, INVALID_ARGUMENT, 'INVALID_FIELD', 'username'],
    ['oversized pattern', 'listAccounts', { pattern: long(65) }, INVALID_ARGUMENT, 'INVALID_FIELD', 'pattern'],
    ['oversized page', 'listAccounts', { pageSize: 501 }, INVALID_ARGUMENT, 'INVALID_FIELD', 'page_size'],
    ['made-up page token', 'listAccounts', { pageToken: 'e30' }, INVALID_ARGUMENT, 'INVALID_FIELD', 'page_token'],
    ['empty', 'deleteAccount', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'password'],
    ['somebody else’s name', 'deleteAccount', { username: 'alice', password: PASSWORD }, PERMISSION_DENIED, 'WRONG_PASSWORD'],
    ['wrong password', 'deleteAccount', { username: 'mallory', password: 'not this one' }, PERMISSION_DENIED, 'WRONG_PASSWORD'],
    ['empty', 'sendMessage', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'message_id'],
    ['no recipient', 'sendMessage', { messageId: randomId(), text: 'x' }, INVALID_ARGUMENT, 'INVALID_FIELD', 'to'],
    ['only white space', 'sendMessage', { messageId: randomId(), text: ' \n\t', to: to(alice.accountId) }, INVALID_ARGUMENT, 'INVALID_FIELD', 'text'],
    ['oversized text', 'sendMessage', { messageId: randomId(), text: '👋'.repeat(8001), to: to(alice.accountId) }, INVALID_ARGUMENT, 'INVALID_FIELD', 'text'],
    ['wrong characters in an id', 'sendMessage', { messageId: '../../../../etc/passwd/1234', text: 'x', to: to(alice.accountId) }, INVALID_ARGUMENT, 'INVALID_FIELD', 'message_id'],
    ['unknown recipient', 'sendMessage', { messageId: randomId(), text: 'x', to: to(UNKNOWN) }, NOT_FOUND, 'ACCOUNT_NOT_FOUND'],
    ['unknown recipient by name', 'sendMessage', { messageId: randomId(), text: 'x', to: { $case: 'recipientUsername', value: 'nobody' } }, NOT_FOUND, 'ACCOUNT_NOT_FOUND'],
    ['wrong characters in a recipient', 'sendMessage', { messageId: randomId(), text: 'x', to: { $case: 'recipientUsername', value: 'al ice' } }, INVALID_ARGUMENT, 'INVALID_FIELD', 'recipient_username'],
    ['unknown conversation', 'sendMessage', { messageId: randomId(), text: 'x', to: { $case: 'conversationId', value: UNKNOWN } }, NOT_FOUND, 'CONVERSATION_NOT_FOUND'],
    ['somebody else’s conversation', 'sendMessage', { messageId: randomId(), text: 'x', to: { $case: 'conversationId', value: theirs.conversationId } }, NOT_FOUND, 'CONVERSATION_NOT_FOUND'],
    ['a half question', 'sendMessage', { messageId: randomId(), text: 'x', to: to(alice.accountId), replyTo: { senderId: alice.accountId } }, INVALID_ARGUMENT, 'INVALID_FIELD', 'reply_to.message_id'],
    ['wrong characters in a question', 'sendMessage', { messageId: randomId(), text: 'x', to: to(alice.accountId), replyTo: { senderId: '%', messageId: UNKNOWN } }, INVALID_ARGUMENT, 'INVALID_FIELD', 'reply_to.sender_id'],
    ['empty', 'editMessage', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'message.sender_id'],
    ['no edit id', 'editMessage', { message: theirs, text: 'x', revision: 1 }, INVALID_ARGUMENT, 'INVALID_FIELD', 'edit_id'],
    ['wrong characters in an edit id', 'editMessage', { message: theirs, editId: `${long(24)}/x`, text: 'x', revision: 1 }, INVALID_ARGUMENT, 'INVALID_FIELD', 'edit_id'],
    ['only white space', 'editMessage', { message: theirs, editId: UNKNOWN, text: ' \n', revision: 1 }, INVALID_ARGUMENT, 'INVALID_FIELD', 'text'],
    ['oversized text', 'editMessage', { message: theirs, editId: UNKNOWN, text: '👋'.repeat(8001), revision: 1 }, INVALID_ARGUMENT, 'INVALID_FIELD', 'text'],
    ['no revision', 'editMessage', { message: theirs, editId: UNKNOWN, text: 'x' }, INVALID_ARGUMENT, 'INVALID_FIELD', 'revision'],
    ['forged cursor', 'editMessage', { message: theirs, editId: UNKNOWN, text: 'x', revision: 1, seen: [foreignCursor] }, INVALID_ARGUMENT, 'INVALID_FIELD', 'seen'],
    ['unknown message', 'editMessage', { message: { senderId: mallory.accountId, messageId: UNKNOWN }, editId: UNKNOWN, text: 'x', revision: 1 }, NOT_FOUND, 'MESSAGE_NOT_FOUND'],
    ['somebody else’s conversation', 'editMessage', { message: theirs, editId: UNKNOWN, text: 'x', revision: 1 }, NOT_FOUND, 'MESSAGE_NOT_FOUND'],
    ['empty', 'getMessages', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'messages'],
    ['too many', 'getMessages', { messages: Array.from({ length: 101 }, () => theirs) }, INVALID_ARGUMENT, 'INVALID_FIELD', 'messages'],
    ['wrong characters', 'getMessages', { messages: [{ senderId: '%', messageId: '_' }] }, INVALID_ARGUMENT, 'INVALID_FIELD', 'messages.sender_id'],
    ['oversized page', 'listConversations', { pageSize: 201 }, INVALID_ARGUMENT, 'INVALID_FIELD', 'page_size'],
    ['made-up page token', 'listConversations', { pageToken: '!!' }, INVALID_ARGUMENT, 'INVALID_FIELD', 'page_token'],
    ['empty', 'listMessages', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'conversation_id'],
    ['oversized page', 'listMessages', { conversationId: theirs.conversationId, pageSize: 201 }, INVALID_ARGUMENT, 'INVALID_FIELD', 'page_size'],
    ['unknown conversation', 'listMessages', { conversationId: UNKNOWN }, NOT_FOUND, 'CONVERSATION_NOT_FOUND'],
    ['somebody else’s conversation', 'listMessages', { conversationId: theirs.conversationId }, NOT_FOUND, 'CONVERSATION_NOT_FOUND'],
    ['empty', 'markDelivered', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'conversation_ids'],
    ['too many', 'markDelivered', { conversationIds: Array.from({ length: 101 }, () => theirs.conversationId), resume: goodCursor }, INVALID_ARGUMENT, 'INVALID_FIELD', 'conversation_ids'],
    ['wrong characters', 'markDelivered', { conversationIds: ['no id'], resume: goodCursor }, INVALID_ARGUMENT, 'INVALID_FIELD', 'conversation_ids'],
    ['forged cursor', 'markDelivered', { conversationIds: [theirs.conversationId], resume: foreignCursor }, INVALID_ARGUMENT, 'INVALID_FIELD', 'resume'],
    ['empty', 'markRead', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'conversation_id'],
    ['no cursor', 'markRead', { conversationId: theirs.conversationId }, INVALID_ARGUMENT, 'INVALID_FIELD', 'resume'],
    ['forged cursor', 'markRead', { conversationId: theirs.conversationId, resume: foreignCursor }, INVALID_ARGUMENT, 'INVALID_FIELD', 'resume'],
    ['unknown conversation', 'markRead', { conversationId: UNKNOWN, resume: goodCursor }, NOT_FOUND, 'CONVERSATION_NOT_FOUND'],
    ['somebody else’s conversation', 'markRead', { conversationId: theirs.conversationId, resume: goodCursor }, NOT_FOUND, 'CONVERSATION_NOT_FOUND'],
    ['empty', 'deleteMessages', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'messages'],
    ['too many', 'deleteMessages', { messages: Array.from({ length: 101 }, () => theirs) }, INVALID_ARGUMENT, 'INVALID_FIELD', 'messages'],
    ['undo for everyone', 'deleteMessages', { messages: [theirs], forEveryone: true, undo: true }, INVALID_ARGUMENT, 'INVALID_FIELD', 'undo'],
    ['wrong characters', 'deleteMessages', { messages: [{ senderId: '%', messageId: '_' }] }, INVALID_ARGUMENT, 'INVALID_FIELD', 'messages.sender_id'],
    ['unknown message', 'deleteMessages', { messages: [{ senderId: UNKNOWN, messageId: UNKNOWN }] }, NOT_FOUND, 'MESSAGE_NOT_FOUND'],
    ['somebody else’s conversation', 'deleteMessages', { messages: [theirs], forEveryone: true }, NOT_FOUND, 'MESSAGE_NOT_FOUND'],
    ['somebody else’s conversation, for me', 'deleteMessages', { messages: [theirs] }, NOT_FOUND, 'MESSAGE_NOT_FOUND'],
    ['unknown conversation', 'sendTyping', { conversationId: UNKNOWN }, NOT_FOUND, 'CONVERSATION_NOT_FOUND'],
    ['empty', 'sendTyping', {}, INVALID_ARGUMENT, 'INVALID_FIELD', 'conversation_id'],
    ['somebody else’s conversation', 'sendTyping', { conversationId: theirs.conversationId }, NOT_FOUND, 'CONVERSATION_NOT_FOUND'],
  ];

  test('of every call', async () => {
    as(cluster.get('server1').caller, mallory);
    for (const [what, method, request, code, reason, field] of cases()) {
      const told = await refused(method, request);
      expect({ what, method, ...told }).toEqual({ what, method, code, reason, fields: field ? [field] : [], message: expect.stringMatching(/\S/) });
    }
  }, 20_000);

  test('without a token, or with a forged one, every call that needs one is refused', async () => {
    const { caller } = cluster.get('server1');
    const needing: [Method, object][] = [
      ['logOut', {}],
      ['changePassword', { oldPassword: PASSWORD, newPassword: 'another good one' }],
      ['getAccount', {}],
      ['listAccounts', {}],
      ['deleteAccount', { username: 'alice', password: PASSWORD }],
      ['sendMessage', { messageId: randomId(), text: 'x', to: to(alice.accountId) }],
      ['editMessage', { message: theirs, editId: UNKNOWN, text: 'x', revision: 1 }],
      ['listConversations', {}],
      ['listMessages', theirs],
      ['getMessages', { messages: [theirs] }],
      ['markRead', { ...theirs, resume: goodCursor }],
      ['markDelivered', { conversationIds: [theirs.conversationId], resume: goodCursor }],
      ['deleteMessages', { messages: [theirs], forEveryone: true }],
      ['sendTyping', theirs],
    ];
    const [header = '', claims = ''] = alice.token.split('.');
    for (const token of [undefined, 'nonsense', `${header}.${claims}.${long(43)}`, `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`]) {
      caller.token = token;
      for (const [method, request] of needing) expect({ method, ...(await refused(method, request)) }).toMatchObject({ method, code: UNAUTHENTICATED, reason: 'SESSION_INVALID' });
      expect(await caller.subscribe().ended).toMatchObject({ code: UNAUTHENTICATED });
    }
  });

  test('a stream with a forged or oversized cursor is refused', async () => {
    const caller = as(cluster.get('server1').caller, mallory);
    for (const resume of [foreignCursor, new Uint8Array(40), new Uint8Array(100_000)]) {
      expect(read(await caller.subscribe(resume).ended)).toMatchObject({ code: INVALID_ARGUMENT, reason: 'INVALID_FIELD', fields: ['resume'] });
    }
  });

  test('what cannot be decoded, or is too large, is refused; without a session or a proof not even decoded', async () => {
    const port = cluster.get('server1').server.grpcPort;
    const session = `Bearer ${mallory.token}`;
    // Sub-messages of two bytes each: decoded, a megabyte of them would take a second and a hundred times the memory.
    const many = (tag: number, count: number) => Buffer.alloc(2 * count, Buffer.from([tag, 0]));
    const cases: [path: string, body: Buffer, authorization: string | undefined, code: status, reason: string][] = [
      ['/parley.chat.v1.ChatService/ListMessages', Buffer.from([0xff]), session, INVALID_ARGUMENT, 'INVALID_FIELD'],
      // before.hlc = 2^64 - 1
      ['/parley.chat.v1.ChatService/ListMessages', Buffer.from([0x12, 11, 0x08, ...Array<number>(9).fill(0xff), 0x01]), session, INVALID_ARGUMENT, 'INVALID_FIELD'],
      ['/parley.chat.v1.ChatService/DeleteMessages', many(0x0a, 2_000_000), session, INVALID_ARGUMENT, 'INVALID_FIELD'],
      ['/parley.chat.v1.ChatService/DeleteMessages', many(0x0a, 500_000), undefined, UNAUTHENTICATED, 'SESSION_INVALID'],
      ['/parley.replication.v1.ReplicationService/Replicate', many(0x12, 3_900_000), undefined, UNAUTHENTICATED, 'WRONG_PROOF'],
    ];
    for (const [path, body, authorization, code, reason] of cases) {
      const start = performance.now();
      expect({ path, ...read(await rawCall(port, path, body, authorization)) }).toMatchObject({ path, code, reason });
      expect(performance.now() - start).toBeLessThan(1000);
    }
  });

  test('for everyone deletes only the sender', async () => {
    as(cluster.get('server1').caller, bob);
    expect(await refused('deleteMessages', { messages: [theirs], forEveryone: true })).toMatchObject({ code: PERMISSION_DENIED, reason: 'NOT_THE_SENDER' });
  });

  test('only the sender edits', async () => {
    as(cluster.get('server1').caller, bob);
    expect(await refused('editMessage', { message: theirs, editId: UNKNOWN, text: 'x', revision: 1 })).toMatchObject({ code: PERMISSION_DENIED, reason: 'NOT_THE_SENDER' });
  });

  test('guessing a password is slowed down', async () => {
    const { caller } = cluster.get('server1');
    const codes: unknown[] = [];
    for (let guess = 0; guess < 12; guess++) codes.push((await refused('logIn', { username: 'bob', password: `guess number ${guess}` })).code);
    expect(codes).toContain(status.RESOURCE_EXHAUSTED);
    caller.token = undefined;
  });

  test('a message may have 8,000 characters of any kind, and is kept as it came', async () => {
    const { caller } = cluster.get('server1');
    const text = `${'👋'.repeat(7990)}\u0000\u202e\n\r\t ﷺ`;
    const { message } = await sendTo(as(caller, alice), bob, text);
    const { messages } = await as(caller, bob).call('listMessages', { conversationId: message?.conversationId ?? '' });
    expect(messages[0]?.text === text).toBe(true);
  });
});

/** Everything in the file, as text. */
function dump(dbFile: string): string {
  const db = new Database(dbFile, { readonly: true });
  try {
    const tables = db.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    return JSON.stringify(tables.filter(({ name }) => name !== 'local').map(({ name }) => db.prepare(`SELECT * FROM "${name}"`).all()));
  } finally {
    db.close();
  }
}

/** A call with a body of one's own making; resolves to its failure. */
function rawCall(port: number, path: string, body: Buffer, authorization: string | undefined): Promise<unknown> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set('authorization', authorization);
  const asIs = (bytes: Buffer) => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, body, metadata, (error) => {
      client.close();
      resolve(error);
    });
  });
}

async function createPersonFully(cluster: TestCluster): Promise<{ seen: Uint8Array }> {
  return cluster.get('elsewhere').caller.call('createAccount', { username: 'x', password: PASSWORD, nonce });
}

/** What a failed call told: status, reason, wrong fields. */
function read(error: unknown): { code: unknown; reason: string; fields: string[]; message: string } {
  const { code, details, metadata } = error as { code: number; details: string; metadata: { get(key: string): Buffer[] } };
  const [bytes] = metadata.get('grpc-status-details-bin');
  const told = Status.decode(bytes ?? new Uint8Array()).details;
  const info = told.find(({ typeUrl }) => typeUrl.endsWith('ErrorInfo'));
  const bad = told.find(({ typeUrl }) => typeUrl.endsWith('BadRequest'));
  return {
    code,
    reason: info ? ErrorInfo.decode(info.value).reason : '',
    fields: bad ? BadRequest.decode(bad.value).fieldViolations.map(({ field }) => field) : [],
    message: details,
  };
}
