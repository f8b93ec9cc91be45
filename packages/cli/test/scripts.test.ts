import { statSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../scripts/local-cluster/until.ts';
import { loseAnswers } from './lost-answers.ts';
import { jsonLines, type Ran, type RunOptions, runParley, startParley } from './run-parley.ts';
import { ServerProcesses } from './server-processes.ts';

const PASSWORD = 'correct horse battery';

describe('parley in scripts', () => {
  let cluster: ServerProcesses;
  const state = (name: string): string => join(cluster.dir, 'states', `${name}.json`);
  const as = (name: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> => runParley(['--state-file', state(name), ...args], options);

  beforeAll(async () => {
    cluster = await ServerProcesses.start(1);
    for (const name of ['alice', 'bob', 'carol']) {
      await as(name, ['create-account', name, '--servers', cluster.addresses], { env: { PARLEY_PASSWORD: PASSWORD } });
    }
  }, 60_000);
  afterAll(() => cluster.close());

  test('sign-in: by environment and by standard input; wrong, taken, and over; the session is in a file for this user alone', async () => {
    const servers = ['--servers', cluster.addresses];
    expect(await as('dave', ['create-account', 'bob', ...servers], { env: { PARLEY_PASSWORD: PASSWORD } })).toMatchObject({ code: 5, stdout: '', stderr: expect.stringMatching(/bob.* is taken/) });
    expect(await as('dave', ['create-account', 'dan', ...servers], { env: { PARLEY_PASSWORD: PASSWORD } })).toEqual({ code: 0, stdout: '', stderr: 'Signed in as dan.\n' });
    expect(await as('dave', ['create-account', 'dave', ...servers], { env: { PARLEY_PASSWORD: 'short' } })).toMatchObject({ code: 2 });
    expect(await as('dave', ['login', 'bob', ...servers, '--password-file', '-'], { input: 'wrong password\n' })).toMatchObject({ code: 3 });
    expect(await as('dave', ['login', 'bob', ...servers, '--json', '--password-file', '-'], { input: `${PASSWORD}\nnot this line\n` })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\{"accountId":"[a-z2-7]{26}","username":"bob"\}\n$/), stderr: '' });
    expect([statSync(state('dave')).mode & 0o777, statSync(join(cluster.dir, 'states')).mode & 0o777]).toEqual([0o600, 0o700]);
    // The server is known from now on.
    expect(await as('dave', ['accounts', 'bob'])).toMatchObject({ code: 0, stdout: 'bob\n' });
    expect(await as('dave', ['logout'])).toEqual({ code: 0, stdout: '', stderr: 'Signed out.\n' });
    expect(await as('dave', ['accounts'])).toMatchObject({ code: 3 });
  }, 40_000);

  test('accounts: all, by pattern, as JSON; none is 4', async () => {
    expect((await as('alice', ['accounts'])).stdout).toBe('alice\nbob\ncarol\ndan\n');
    expect((await as('alice', ['accounts', '*o*'])).stdout).toBe('bob\ncarol\n');
    expect(jsonLines(await as('alice', ['--json', 'accounts', 'a*']))).toEqual([{ username: 'alice', accountId: expect.stringMatching(/^[a-z2-7]{26}$/) }]);
    expect(await as('alice', ['accounts', 'x*', '--quiet'])).toEqual({ code: 4, stdout: '', stderr: '' });
  }, 20_000);

  test('export: all conversations and messages as one document, in pages', async () => {
    for (let n = 0; n < 3; n++) await as('carol', ['send', 'dan', `number ${n}`]);
    await as('carol', ['send', 'carol', 'a note with "quotes"\nand lines']);
    const { code, stdout, stderr } = await as('carol', ['export']);
    expect([code, stderr]).toEqual([0, '4 messages.\n']);
    const document = JSON.parse(stdout) as { account: { username: string }; conversations: { with: { username: string }[]; messages: { text: string; sentAt: string }[] }[] };
    expect(document.account.username).toBe('carol');
    const texts = new Map(document.conversations.map((conversation) => [conversation.with.map(({ username }) => username).join(), conversation.messages.map(({ text }) => text)]));
    expect(texts.get('dan')).toEqual(['number 2', 'number 1', 'number 0']);
    expect(texts.get('')).toEqual(['a note with "quotes"\nand lines']);
    expect(jsonLines(await as('carol', ['export', '--json']))).toEqual([document]);
  }, 40_000);

  test('[H5] send and read: words, standard input, text that begins with a dash; read once; kept unread; all of a conversation', async () => {
    expect(await as('alice', ['send', 'bob', 'one', 'two'])).toEqual({ code: 0, stdout: '', stderr: 'Sent to bob, stored on 1 of 1 server.\n' });
    const [sent] = jsonLines(await as('alice', ['send', 'BOB', '-', '--json'], { input: 'three\nfour\n' }));
    expect(sent).toMatchObject({ stored: 1, replicas: 1, onAllUp: true, servers: ['server1'], messageId: expect.stringMatching(/^[a-z2-7]{26}$/) });
    await as('alice', ['send', 'bob', '--', '-5 degrees']);
    expect((await as('bob', ['read', '--keep-unread'])).stdout).toMatch(/^\d\d:\d\d alice: one two\n\d\d:\d\d alice: three\n {4}four\n\d\d:\d\d alice: -5 degrees\n$/);
    expect(await as('bob', ['read', 'carol'])).toEqual({ code: 0, stdout: '', stderr: 'Nothing is unread.\n' });
    const read = jsonLines(await as('bob', ['read', '--json']));
    expect(read.map(({ text, unread, mine }) => [text, unread, mine])).toEqual([['one two', true, false], ['three\nfour', true, false], ['-5 degrees', true, false]]);
    expect(read[1]).toMatchObject({ messageId: sent?.['messageId'], conversationId: sent?.['conversationId'], with: 'alice', deleted: false, sentAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(await as('bob', ['read'])).toMatchObject({ stdout: '', stderr: 'Nothing is unread.\n' });
    expect(jsonLines(await as('bob', ['read', 'alice', '--all', '--json']))).toHaveLength(3);
    expect(await as('bob', ['read', 'carol', '--all'])).toMatchObject({ code: 4 });
  }, 40_000);

  test('a message that cannot be sent: to nobody, too long, an id of another message', async () => {
    expect(await as('alice', ['send', 'nobody', 'hello'])).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(/nobody/) });
    expect(await as('alice', ['send', 'bob', '-'], { input: 'x'.repeat(8_001) })).toMatchObject({ code: 2, stdout: '' });
    const [sent] = jsonLines(await as('alice', ['send', 'bob', 'mine', '--json']));
    const id = String(sent?.['messageId']);
    expect(await as('alice', ['send', 'bob', 'mine', '--id', id])).toMatchObject({ code: 0 });
    expect(await as('alice', ['send', 'bob', 'another', '--id', id])).toMatchObject({ code: 5, stdout: '', stderr: expect.stringMatching(/^parley: Not sent: /) });
    expect((await as('bob', ['read'])).stdout.match(/mine/g)).toHaveLength(1);
  }, 40_000);

  test('[H3] an answer that is lost: 7 and the id; repeated with it, the message is there once', async () => {
    const lossy = await loseAnswers(cluster.servers[0]?.address ?? '');
    await as('lossy', ['login', 'alice', '--servers', lossy.address], { env: { PARLEY_PASSWORD: PASSWORD } });
    const ran = await as('lossy', ['send', 'carol', 'once only', '--timeout', '3', '--servers', lossy.address]);
    lossy.close();
    expect(ran).toMatchObject({ code: 7, stdout: '' });
    const id = /--id ([a-z2-7]{26})/.exec(ran.stderr)?.[1] ?? '';
    expect(await as('alice', ['send', 'carol', 'once only', '--id', id])).toMatchObject({ code: 0 });
    expect(jsonLines(await as('carol', ['read', '--json'])).map(({ text, messageId }) => [text, messageId])).toEqual([['once only', id]]);
  }, 40_000);

  test('read --follow: what is unread, then each that comes, once, until Ctrl-C; a reader that goes away ends it quietly', async () => {
    await as('alice', ['send', 'bob', 'before']);
    const { child, ended } = startParley(['read', '--follow', '--json', '--state-file', state('bob')]);
    let told = '';
    child.stdout.on('data', (data: Buffer) => (told += data.toString()));
    await until(() => told.includes('before'), { what: 'the unread message is printed', timeoutMs: 10_000 });
    await as('alice', ['send', 'bob', 'after']);
    await as('carol', ['send', 'bob', 'from carol']);
    await until(() => told.includes('from carol'), { what: 'the next messages are printed', timeoutMs: 10_000 });
    child.kill('SIGINT');
    const ran = await ended;
    expect(ran.code).toBe(130);
    expect(jsonLines(ran).map(({ text }) => text)).toEqual(['before', 'after', 'from carol']);
    const second = startParley(['read', '--follow', '--state-file', state('bob')]);
    second.child.stdout.destroy();
    await as('alice', ['send', 'bob', 'nobody listens']);
    expect(await second.ended).toMatchObject({ code: 0, stderr: '' });
  }, 40_000);

  test('[H6] edit: the last message, or one by its id, also one far up; what other processes edited before is counted; of nobody, of somebody else, of a deleted one', async () => {
    await as('greta', ['create-account', 'greta', '--servers', cluster.addresses], { env: { PARLEY_PASSWORD: PASSWORD } });
    const [sent] = jsonLines(await as('alice', ['send', 'greta', 'at nien', '--json']));
    const id = String(sent?.['messageId']);
    const texts = async (): Promise<unknown[]> => jsonLines(await as('greta', ['read', 'alice', '--all', '--json'])).map(({ text }) => text);
    expect(await as('alice', ['edit', 'GRETA', 'at', 'nyne'])).toEqual({ code: 0, stdout: '', stderr: 'Changed. It said: at nien\n' });
    // A third edit that is numbered as the first would lose against this second one.
    expect(await as('alice', ['edit', 'greta', 'at nine'])).toMatchObject({ code: 0, stderr: 'Changed. It said: at nyne\n' });
    expect((await as('greta', ['read'])).stdout).toMatch(/alice: at nine \(edited\)\n$/);
    expect(jsonLines(await as('alice', ['edit', 'greta', 'at nine', '--json']))).toEqual([{ conversationId: sent?.['conversationId'], messageId: id, text: 'at nine', changed: false }]);
    await as('alice', ['chat', '--servers', cluster.addresses], { input: Array.from({ length: 60 }, (_, n) => `greta: number ${n}\n`).join('') });
    expect(await as('alice', ['edit', 'greta', '-', '--message', id], { input: 'at ten\nor eleven\n' })).toMatchObject({ code: 0, stderr: 'Changed. It said: at nine\n' });
    expect(await as('alice', ['edit', 'greta', 'number sixty'])).toMatchObject({ code: 0, stderr: 'Changed. It said: number 59\n' });
    expect((await texts()).at(-1)).toBe('number sixty');
    const { stdout } = await as('greta', ['export', '--json']);
    expect(stdout).toContain('"at ten\\nor eleven"');
    expect(await as('alice', ['edit', 'greta', 'no', '--message', 'a'.repeat(26)])).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(/parley read greta --all --json/) });
    expect(await as('greta', ['edit', 'alice', 'not mine', '--message', id])).toMatchObject({ code: 4 });
    expect(await as('greta', ['edit', 'bob', 'nothing there'])).toMatchObject({ code: 4 });
    expect(await as('greta', ['edit', 'alice', 'none is mine'])).toMatchObject({ code: 4, stderr: expect.stringMatching(/--message MESSAGE-ID/) });
    expect(await as('alice', ['edit', 'greta', 'x'.repeat(8_001)])).toMatchObject({ code: 2, stdout: '' });
    await as('alice', ['delete', id, '--for-everyone']);
    expect(await as('alice', ['edit', 'greta', 'too late', '--message', id])).toMatchObject({ code: 1, stderr: expect.stringMatching(/deleted/) });
    expect((await texts()).at(-1)).toBe('number sixty');
  }, 60_000);

  test('send --reply-to: what a message answers is told, in words and as JSON; what is not there can not be answered', async () => {
    const [question] = jsonLines(await as('alice', ['send', 'bob', 'are you there?', '--json']));
    const id = String(question?.['messageId']);
    const [answer] = jsonLines(await as('bob', ['send', 'alice', 'yes', '--reply-to', id, '--json']));
    expect((await as('alice', ['read', 'bob', '--keep-unread'])).stdout).toMatch(/bob: yes\n {4}↳ answers: are you there\?\n$/);
    const [read] = jsonLines(await as('alice', ['read', 'bob', '--json'])).slice(-1);
    expect(read).toMatchObject({ messageId: answer?.['messageId'], replyTo: { messageId: id } });
    // One's own, too.
    expect(await as('bob', ['send', 'alice', 'and you?', '--reply-to', String(answer?.['messageId'])])).toMatchObject({ code: 0 });
    const before = jsonLines(await as('alice', ['read', 'bob', '--all', '--json'])).length;
    expect(await as('bob', ['send', 'alice', 'no', '--reply-to', 'a'.repeat(26)])).toMatchObject({ code: 4, stdout: '', stderr: expect.stringMatching(/There is no message with the id a{26} between you and alice/) });
    expect(await as('bob', ['send', 'nobody', 'no', '--reply-to', id])).toMatchObject({ code: 4 });
    expect(jsonLines(await as('alice', ['read', 'bob', '--all', '--json']))).toHaveLength(before);
  }, 60_000);

  test('delete: for oneself and back, for everyone; of somebody else, of nobody', async () => {
    await as('carol', ['read']);
    const [sent] = jsonLines(await as('alice', ['send', 'carol', 'to delete', '--json']));
    const [id, texts] = [String(sent?.['messageId']), async () => jsonLines(await as('carol', ['read', 'alice', '--all', '--json'])).map(({ text }) => text)];
    const [read] = jsonLines(await as('carol', ['read', '--json']));
    const sender = String(read?.['senderId']);
    expect(await as('carol', ['delete', id, '--sender', sender])).toMatchObject({ code: 0 });
    expect(await texts()).not.toContain('to delete');
    expect(await as('carol', ['delete', id, '--sender', sender, '--undo'])).toMatchObject({ code: 0 });
    expect(await texts()).toContain('to delete');
    expect(await as('carol', ['delete', id, '--sender', sender, '--for-everyone'])).toMatchObject({ code: 1 });
    expect(await as('carol', ['delete', id])).toMatchObject({ code: 4 });
    expect(await as('alice', ['delete', id, '--for-everyone'])).toMatchObject({ code: 0 });
    expect(await texts()).not.toContain('to delete');
  }, 60_000);

  test('a chat from a pipe: lines in, lines out, the exit code of the first that failed', async () => {
    const piped = (input: string): Promise<Ran> => as('pipe', ['chat', '--servers', cluster.addresses], { input });
    const ran = await piped(`/create erin\n${PASSWORD}\ncarol: from a pipe\n/accounts e*\n/quit\nbob: not this\n`);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/Signed in as erin\.\n[^]*you → carol: from a pipe\n[^]*erin\n/);
    expect(ran.stdout).not.toContain('\x1b');
    expect((await as('carol', ['read', 'erin'])).stdout).toMatch(/erin: from a pipe/);
    expect(await piped('no colon\nnobody: hello\n')).toMatchObject({ code: 2, stdout: expect.stringMatching(/Put a colon after the username/) });
  }, 40_000);

  test('change-password and delete-account', async () => {
    const servers = ['--servers', cluster.addresses];
    const env = { PARLEY_PASSWORD: PASSWORD, PARLEY_NEW_PASSWORD: 'another password' };
    await as('frank', ['create-account', 'frank', ...servers], { env });
    await as('frank2', ['login', 'frank', ...servers], { env });
    expect(await as('frank', ['change-password'], { env: { ...env, PARLEY_PASSWORD: 'wrong password' } })).toMatchObject({ code: 3 });
    expect(await as('frank', ['change-password'], { env })).toMatchObject({ code: 0 });
    expect(await as('frank2', ['accounts'])).toMatchObject({ code: 3, stderr: expect.stringMatching(/password/i) });
    const changed = { env: { PARLEY_PASSWORD: 'another password' } };
    expect(await as('frank', ['delete-account'], changed)).toMatchObject({ code: 2, stderr: expect.stringMatching(/--confirm frank/) });
    expect(await as('frank', ['delete-account', '--confirm', 'fred'], changed)).toMatchObject({ code: 2 });
    expect(await as('frank', ['delete-account', '--confirm', 'frank'], changed)).toMatchObject({ code: 0 });
    expect(await as('alice', ['accounts', 'frank'])).toMatchObject({ code: 4 });
  }, 60_000);
});
