import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { until } from '../../../../scripts/local-cluster/until.ts';
import { ParleyClient } from '../../src/client.ts';
import { MemoryStorage } from '../../src/storages/memory.ts';
import { waitFor } from '../../src/wait-for.ts';
import { realTransports } from './real-transports.ts';
import { ServerProcesses } from './server-processes.ts';

const ROOT = join(__dirname, '../../../..');
const PASSWORD = 'correct horse battery';

/** Longer than any of the waits below, which say what was waited for: on a busy machine real servers take their time. */
jest.setTimeout(60_000);

let processes: ServerProcesses;
/** Another cluster, of one server. */
let elsewhere: ServerProcesses;
/** Something else that answers. */
let website: Server;

beforeAll(async () => {
  [processes, elsewhere] = await Promise.all([ServerProcesses.start({ root: ROOT, count: 3 }), ServerProcesses.start({ root: ROOT, count: 1 })]);
  website = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
  await new Promise<void>((resolve) => website.listen(0, '127.0.0.1', resolve));
}, 60_000);
afterAll(async () => {
  await Promise.all([processes.close(), elsewhere.close()]);
  await new Promise((resolve) => website.close(resolve));
});

describe.each(realTransports())('over $name, against real servers', (real) => {
  const { name, transport } = real;
  const clients: ParleyClient[] = [];

  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

  const open = (storage = new MemoryStorage()): ParleyClient => {
    const client = new ParleyClient({ servers: processes.servers.map((server) => real.addressOf(server)), transport, storage });
    clients.push(client);
    return client;
  };
  const user = (who: string): string => `${who}-${name}`;
  const create = async (who: string): Promise<ParleyClient> => {
    const client = open();
    await client.createAccount(user(who), PASSWORD);
    return client;
  };
  const logIn = async (who: string, storage?: MemoryStorage): Promise<ParleyClient> => {
    const client = open(storage);
    await client.logIn(user(who), PASSWORD);
    return client;
  };
  const texts = (client: ParleyClient, conversationId: string): string[] | undefined => client.getSnapshot().timelines.get(conversationId)?.messages.map(({ text }) => text);
  const shows = (client: ParleyClient, conversationId: string, wanted: readonly string[]): Promise<true> =>
    waitFor(client, () => texts(client, conversationId)?.join('\n') === wanted.join('\n'), { timeoutMs: 20_000 }).catch(() => {
      throw new Error(`it shows ${JSON.stringify(texts(client, conversationId))}, not ${JSON.stringify(wanted)}`);
    });
  /** Two people with their conversation open. */
  const meet = async (one: string, other: string) => {
    const [first, second] = await Promise.all([create(one), create(other)]);
    const conversationId = await first.sendTo(user(other), 'hello');
    await waitFor(second, ({ conversations }) => conversations?.some((each) => each.conversationId === conversationId), { timeoutMs: 20_000 });
    await Promise.all([first.openConversation(conversationId), second.openConversation(conversationId)]);
    return { first, second, conversationId };
  };

  test('what is wrong is refused with a reason, words, and the field', async () => {
    const client = await create('taken');
    await expect(open().createAccount(user('taken'), PASSWORD)).rejects.toMatchObject({ reason: 'USERNAME_TAKEN' });
    await expect(open().logIn(user('taken'), 'wrong password')).rejects.toMatchObject({ reason: 'WRONG_CREDENTIALS', message: expect.stringMatching(/wrong/i) });
    await expect(open().createAccount('no spaces', PASSWORD)).rejects.toMatchObject({ reason: 'INVALID_FIELD', fields: new Map([['username', expect.any(String)]]) });
    await expect(client.sendTo(user('nobody'), 'hello')).rejects.toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
  });

  test('messages come live, both ways, in order, and say on how many servers they are', async () => {
    const { first, second, conversationId } = await meet('ann', 'ben');
    first.send(conversationId, 'one – zoë 👋🏽');
    first.send(conversationId, 'two');
    await shows(second, conversationId, ['hello', 'one – zoë 👋🏽', 'two']);
    second.send(conversationId, 'three');
    await shows(first, conversationId, ['hello', 'one – zoë 👋🏽', 'two', 'three']);
    await waitFor(first, ({ timelines, unsent }) => {
      const mine = timelines.get(conversationId)?.messages.filter((message) => message.mine) ?? [];
      return unsent === 0 && mine.every(({ delivery }) => delivery?.status === 'stored' && delivery.stored === 3 && delivery.replicas === 3);
    }, { timeoutMs: 20_000 });
  });

  test('unread, read, typing', async () => {
    const { first, second, conversationId } = await meet('cat', 'dan');
    const of = (client: ParleyClient) => client.getSnapshot().conversations?.find((each) => each.conversationId === conversationId);
    await waitFor(second, () => of(second)?.unreadCount === 1, { timeoutMs: 20_000 });
    await second.markRead(conversationId);
    await waitFor(second, () => of(second)?.unreadCount === 0, { timeoutMs: 20_000 });
    first.typing(conversationId);
    await waitFor(second, () => of(second)?.typing, { timeoutMs: 20_000 });
    first.send(conversationId, 'typed');
    await waitFor(second, () => of(second)?.typing === false, { timeoutMs: 20_000 });
  });

  test('deleting: for oneself, undone, for everyone', async () => {
    const { first, second, conversationId } = await meet('eve', 'fay');
    const [message] = first.getSnapshot().timelines.get(conversationId)?.messages ?? [];
    if (!message) throw new Error('there is one');
    await second.deleteMessages([message], 'for-me');
    expect(texts(second, conversationId)).toEqual([]);
    await second.deleteMessages([message], 'undo');
    await shows(second, conversationId, ['hello']);
    await expect(second.deleteMessages([message], 'for-everyone')).rejects.toMatchObject({ reason: 'NOT_THE_SENDER' });
    await first.deleteMessages([message], 'for-everyone');
    await waitFor(second, ({ timelines }) => timelines.get(conversationId)?.messages[0]?.deleted, { timeoutMs: 20_000 });
  });

  test('editing: shown in its place by both, only one’s own, and not once it is deleted', async () => {
    const { first, second, conversationId } = await meet('kay', 'leo');
    const messageId = first.send(conversationId, 'frist');
    await shows(second, conversationId, ['hello', 'frist']);
    await first.edit(conversationId, messageId, 'first');
    await shows(second, conversationId, ['hello', 'first']);
    expect(second.getSnapshot().timelines.get(conversationId)?.messages[1]).toMatchObject({ edited: { at: expect.any(Number), sending: false } });
    await expect(second.edit(conversationId, messageId, 'mine')).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
    const [, message] = first.getSnapshot().timelines.get(conversationId)?.messages ?? [];
    if (!message) throw new Error('there is one');
    await first.deleteMessages([message], 'for-everyone');
    await expect(first.edit(conversationId, messageId, 'again')).rejects.toMatchObject({ reason: 'MESSAGE_DELETED' });
    await waitFor(second, ({ timelines }) => timelines.get(conversationId)?.messages[1]?.deleted, { timeoutMs: 20_000 });
  });

  test('answers show what they answer, and a jump loads back to it', async () => {
    const { first, second, conversationId } = await meet('max', 'ned');
    const [question] = second.getSnapshot().timelines.get(conversationId)?.messages ?? [];
    if (!question) throw new Error('there is one');
    for (let count = 0; count < 60; count++) first.send(conversationId, String(count));
    second.send(conversationId, 'hello to you', { replyTo: question });
    await waitFor(first, ({ timelines }) => timelines.get(conversationId)?.messages.find(({ text }) => text === 'hello to you')?.replyTo?.text === 'hello', { timeoutMs: 20_000 });
    await Promise.all([first, second].map((client) => waitFor(client, ({ unsent }) => unsent === 0, { timeoutMs: 20_000 })));
    const again = await logIn('max');
    await again.openConversation(conversationId);
    const answer = () => again.getSnapshot().timelines.get(conversationId)?.messages.find(({ text }) => text === 'hello to you');
    await waitFor(again, () => answer()?.replyTo?.status === 'here', { timeoutMs: 20_000 });
    expect(answer()?.replyTo).toMatchObject({ senderId: question.senderId, messageId: question.messageId, text: 'hello' });
    expect(await again.loadBackTo(conversationId, question)).toBe('here');
    expect(texts(again, conversationId)).toContain('hello');
  });

  test('a long history comes page by page', async () => {
    const { first, conversationId } = await meet('gil', 'hal');
    for (let count = 0; count < 120; count++) first.send(conversationId, String(count));
    await waitFor(first, ({ unsent }) => unsent === 0, { timeoutMs: 20_000 });
    const again = await logIn('gil');
    await again.openConversation(conversationId);
    expect(texts(again, conversationId)).toHaveLength(50);
    while (again.getSnapshot().timelines.get(conversationId)?.more) await again.loadOlder(conversationId);
    expect(texts(again, conversationId)).toEqual(['hello', ...Array.from({ length: 120 }, (_, count) => String(count))]);
  });

  test('a new start on the same storage is signed in, and goes on', async () => {
    const storage = new MemoryStorage();
    await create('ian');
    const before = await logIn('ian', storage);
    const conversationId = await before.sendTo(user('ian'), 'to myself');
    await waitFor(before, ({ unsent }) => unsent === 0, { timeoutMs: 20_000 });
    await before.close();
    const after = open(storage);
    await after.ready;
    expect(after.getSnapshot().session).toMatchObject({ status: 'signed-in', username: user('ian') });
    await after.openConversation(conversationId);
    expect(texts(after, conversationId)).toEqual(['to myself']);
  });

  test('a new password, and signing out everywhere, end the other sessions at once, with a reason', async () => {
    const first = await create('jon');
    const second = await logIn('jon');
    const ended = (client: ParleyClient): Promise<string> => waitFor(client, ({ session }) => session.status === 'signed-out' && session.reason, { timeoutMs: 20_000 });
    await waitFor(second, ({ connection }) => connection.status === 'live', { timeoutMs: 20_000 });
    await Promise.all([first.changePassword(PASSWORD, `${PASSWORD} 2`), expect(ended(second)).resolves.toMatch(/password was changed/)]);
    await second.logIn(user('jon'), `${PASSWORD} 2`);
    await waitFor(first, ({ connection }) => connection.status === 'live', { timeoutMs: 20_000 });
    await Promise.all([second.logOut(true), expect(ended(first)).resolves.toMatch(/Sign in again/)]);
  });

  test('an address that is not one of this cluster is refused in words', async () => {
    const client = open();
    await waitFor(client, ({ servers }) => servers.some(({ inUse }) => inUse), { timeoutMs: 20_000 });
    const [other] = elsewhere.servers;
    if (!other) throw new Error('there is one');
    const { port } = website.address() as AddressInfo;
    const site = name === 'grpc-web' ? `http://127.0.0.1:${port}` : `127.0.0.1:${port}`;
    await expect(client.addServer(real.addressOf(other))).rejects.toMatchObject({ reason: 'OTHER_CLUSTER', message: expect.stringContaining('another Parley cluster') });
    await expect(client.addServer(site)).rejects.toMatchObject({ reason: 'NOT_PARLEY', message: expect.stringContaining('is not a Parley server') });
    await expect(client.addServer(name === 'grpc-web' ? 'http://127.0.0.1:1' : '127.0.0.1:1')).rejects.toMatchObject({ reason: 'UNREACHABLE' });
    expect(client.getSnapshot().servers).toHaveLength(3);
  });

  test.each(['kill', 'freeze'] as const)('the server in use is lost (%s): nobody signs in again, nothing is lost or there twice', async (fault) => {
    await processes.restore();
    const { first, second, conversationId } = await meet(`kim-${fault}`, `lea-${fault}`);
    const url = await waitFor(first, ({ servers }) => servers.find(({ inUse }) => inUse)?.url, { timeoutMs: 20_000 });
    const lost = processes.at(url);
    first.send(conversationId, 'before');
    if (fault === 'kill') await lost.kill();
    else lost.freeze();
    first.send(conversationId, 'after');
    second.send(conversationId, 'from the other');
    const sorted = (client: ParleyClient): string => (texts(client, conversationId) ?? []).toSorted().join();
    for (const client of [first, second]) await until(() => sorted(client) === 'after,before,from the other,hello', { what: 'all four are shown once', timeoutMs: 30_000 });
    expect(first.getSnapshot().session.status).toBe('signed-in');
    expect(first.getSnapshot().moves.length + second.getSnapshot().moves.length).toBeGreaterThan(0);
    await processes.restore();
    await waitFor(first, ({ servers }) => servers.every(({ health }) => health === 'live'), { timeoutMs: 60_000 });
  }, 120_000);
}, 60_000);
