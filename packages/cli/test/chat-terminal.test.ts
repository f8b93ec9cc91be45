import { join } from 'node:path';
import { runParley } from './run-parley.ts';
import { ServerProcesses } from './server-processes.ts';
import { describeInTerminal, Terminal } from './terminal.ts';

const PASSWORD = 'correct horse battery';
/** A server is in use, and all that was typed is done. */
const READY = /· server\d \S+ ms · .*servers live\n>$/;

describeInTerminal('parley chat in a terminal', () => {
  let cluster: ServerProcesses;
  const open: Terminal[] = [];
  const state = (name: string): string => join(cluster.dir, `${name}.json`);

  beforeAll(async () => {
    cluster = await ServerProcesses.start(3);
    for (const name of ['alice', 'bob']) await as(name, 'create-account', name, '--servers', cluster.addresses);
  }, 60_000);
  afterEach(() => {
    for (const terminal of open.splice(0)) terminal.close();
  });
  afterAll(() => cluster.close());

  const as = async (name: string, ...args: string[]): Promise<void> => {
    const { code, stderr } = await runParley([...args, '--state-file', state(name)], { env: { PARLEY_PASSWORD: PASSWORD } });
    if (code !== 0) throw new Error(stderr);
  };
  const chat = (name: string, options: ConstructorParameters<typeof Terminal>[1] = {}, ...args: string[]): Terminal => {
    const terminal = new Terminal(['chat', '--servers', cluster.addresses, '--state-file', state(name), ...args], options);
    open.push(terminal);
    return terminal;
  };
  const serverInUse = (terminal: Terminal): string => /· (server\d) /.exec(terminal.lastLines(2).join('\n'))?.[1] ?? '';

  test('an account is made, messages go and come, are read and deleted, the password is changed, the account is deleted', async () => {
    const carol = chat('carol');
    await carol.shows('/create NAME makes an account');
    carol.enter('/create carol');
    await carol.shows(/Password:$/);
    carol.enter(PASSWORD);
    await carol.shows(/Password again:$/);
    expect(carol.commandLines()).not.toContain(PASSWORD);
    carol.enter(PASSWORD);
    await carol.shows('Signed in as carol.');
    await carol.shows(/carol · server\d \S+ ms · 3 of 3 servers live\n>$/);
    expect(carol.screen).not.toContain(PASSWORD);

    carol.enter('bob: hello bob');
    await carol.shows('you → bob: hello bob');
    await carol.shows('[1] stored on 3 of 3 servers');
    carol.enter('/accounts b*');
    await carol.shows(/^bob$/m);
    await as('bob', 'send', 'carol', 'hello carol');
    await carol.shows(/\[2\] \d\d:\d\d bob: hello carol\n/);
    await carol.shows('· 1 unread ·');
    carol.enter('/read');
    await carol.shows('Marked as read.');
    expect(carol.lastLines(2).join('\n')).not.toContain('unread');
    carol.enter('/delete 1 everyone');
    await carol.shows('Type yes to go on:');
    carol.enter('yes');
    await carol.shows('[1] was deleted');
    expect((await runParley(['read', 'carol', '--all', '--state-file', state('bob')])).stdout).toMatch(/carol: \(This message was deleted\)/);

    carol.enter('/password');
    await carol.shows(/Password until now:$/);
    carol.enter(PASSWORD);
    await carol.shows(/New password:$/);
    carol.enter('another password');
    await carol.shows(/New password again:$/);
    carol.enter('another password');
    await carol.shows('Password changed.');
    carol.press('Up');
    await carol.shows('> /password');
    carol.press('C-u');
    carol.enter('/delete-account');
    await carol.shows('Type your username to go on:');
    carol.enter('carol');
    await carol.shows(/Password:$/);
    carol.enter('another password');
    await carol.shows('The account is deleted.');
    carol.enter('/quit');
    await carol.shows('ended with 0');
    expect((await runParley(['accounts', 'carol', '--state-file', state('bob')])).code).toBe(4);
  }, 60_000);

  test('a message is changed and answered by its number; what others changed is shown; only one’s own can be changed', async () => {
    const [alice, bob] = [chat('alice'), chat('bob')];
    await Promise.all([alice.shows(READY), bob.shows(READY)]);
    alice.enter('bob: at nien');
    await alice.shows('you → bob: at nien');
    await bob.shows('alice: at nien');
    alice.enter('/edit 1 at  nine');
    await alice.shows('[1] says now: at  nine');
    await bob.shows('[1] says now: at  nine');
    bob.enter('/edit 1 at ten');
    await bob.shows('Only your own messages can be changed.');
    bob.enter('/reply 1 I will be there');
    await alice.shows(/\[2\] \d\d:\d\d bob: I will be there\n {4}↳ answers: at {2}nine/);
    alice.enter('/reply 7 no');
    await alice.shows('There is no message 7 here.');
    alice.enter('/edit 1');
    await alice.shows('Something is missing. Write /edit NUMBER TEXT');
    alice.enter('/help');
    await alice.shows('change the text of a message that you sent');
  }, 40_000);

  test('what comes while a long line is typed stands above it, and the line stays whole, also in another width', async () => {
    const alice = chat('alice', { columns: 60 });
    await alice.shows(READY);
    const long = `bob: ${'a long line that goes on and on '.repeat(4)}end`;
    alice.type(long);
    await alice.shows('end');
    await as('bob', 'send', 'alice', 'in between');
    await alice.shows('bob: in between');
    await alice.shows('unread');
    const packed = (text: string): string => text.replaceAll(/\s/g, '');
    expect(packed(alice.screen).split(packed(long))).toHaveLength(2);
    expect(alice.screen.split('servers live')).toHaveLength(2);
    expect(alice.screen).not.toMatch(/\n\s*\n/);
    expect(alice.screen.indexOf('in between')).toBeLessThan(alice.screen.indexOf('servers live'));
    alice.resize(80);
    await as('bob', 'send', 'alice', 'once more');
    await alice.shows('bob: once more');
    alice.press('Enter');
    await alice.shows('stored on 3 of 3 servers');
    const { stdout } = await runParley(['read', 'alice', '--state-file', state('bob')]);
    expect(stdout).toContain(long.slice('bob: '.length));
  }, 40_000);

  test('[H4] a text cannot draw on the terminal', async () => {
    const bob = chat('bob');
    await bob.shows(READY);
    await as('alice', 'send', 'bob', 'red \x1b[31m title \x1b]0;x\x07 line\rover\nforged');
    await bob.shows(/alice: red �\[31m title �\]0;x� line\n {4}over\n {4}forged/);
  }, 30_000);

  test('colours on a terminal; none with NO_COLOR', async () => {
    for (const [env, coloured] of [[{}, true], [{ NO_COLOR: '1' }, false]] as const) {
      const status = new Terminal(['cluster', 'status', '--servers', cluster.addresses, '--state-file', state('operator')], { env });
      open.push(status);
      await status.shows('ended with 0');
      expect(status.everything.includes('\x1b[1m')).toBe(coloured);
      const alice = chat('alice', { env });
      await alice.shows(READY);
      alice.enter('bob: hello');
      await alice.shows('stored on 3 of 3 servers');
      expect(alice.everything.includes('\x1b[2m')).toBe(coloured);
    }
  }, 40_000);

  test('Ctrl-C ends it with 130, Ctrl-D with 0', async () => {
    for (const [key, code] of [['C-c', 130], ['C-d', 0]] as const) {
      const alice = chat('alice');
      await alice.shows(READY);
      alice.press(key);
      await alice.shows(`ended with ${code}`);
    }
  }, 30_000);

  test('[H2] a one-line command asks for the password on a terminal, unseen; --no-input forbids it', async () => {
    const login = new Terminal(['login', '--servers', cluster.addresses, '--state-file', state('login')]);
    open.push(login);
    await login.shows(/Username:$/);
    login.enter('alice');
    await login.shows(/Password:$/);
    login.enter(PASSWORD);
    await login.shows('ended with 0');
    expect(login.screen).toMatch(/Signed in as alice\./);
    expect(login.screen).not.toContain(PASSWORD);
    const silent = new Terminal(['login', 'alice', '--no-input', '--servers', cluster.addresses, '--state-file', state('login')]);
    open.push(silent);
    await silent.shows('ended with 2');
    expect(silent.screen).not.toContain('Password: ');
  }, 30_000);

  test('a name that two people claimed while their servers could not reach each other: who is shown with a suffix is told', async () => {
    const [first, ...others] = cluster.servers.map(({ process }) => process);
    const createZoe = (name: string): Promise<void> => as(name, 'create-account', 'zoe', '--servers', cluster.addresses);
    await Promise.all(others.map((server) => server.stop()));
    await createZoe('zoe');
    await first?.stop();
    for (const server of others) server.start();
    await createZoe('other-zoe');
    const zoe = chat('other-zoe');
    await zoe.shows(READY);
    first?.start();
    await zoe.shows(/You are shown as zoe~\w{4,} now: somebody else had claimed zoe\s+first/);
    await zoe.shows(/^zoe~\w+ · server/m);
    zoe.enter('/quit');
    await zoe.shows('ended with 0');
    const again = chat('other-zoe');
    await again.shows(READY);
    expect(again.screen).not.toContain('You are shown as');
  }, 60_000);

  test('the server in use is killed: the status line says so, and messages go on, without anybody doing anything; with all dead they are kept and sent later', async () => {
    const [alice, bob] = [chat('alice'), chat('bob')];
    await Promise.all([alice.shows(READY), bob.shows(READY)]);
    const first = serverInUse(alice);
    await cluster.named(first).process.kill();
    alice.enter('bob: after the kill');
    await bob.shows('alice: after the kill');
    await alice.shows(new RegExp(`${first} stopped answering; moved to server\\d in \\d`));
    await alice.shows('[1] stored on 2 of 3 servers');
    await alice.shows('2 of 3 servers live');
    expect(['server1', 'server2', 'server3']).toContain(serverInUse(alice));
    expect(serverInUse(alice)).not.toBe(first);

    const others = cluster.servers.filter(({ name }) => name !== first);
    await Promise.all(others.map(({ process }) => process.kill()));
    await alice.shows("Can't reach any server.");
    alice.enter('bob: while all are dead');
    await alice.shows('you → bob: while all are dead');
    await alice.shows('1 message is saved on this device');
    alice.enter('/quit');
    await alice.shows('1 message is not safe yet.');
    await alice.shows('ended with 0');

    for (const { process } of cluster.servers) process.start();
    await bob.shows('3 of 3 servers live');
    const again = chat('alice');
    await bob.shows('alice: while all are dead');
    expect(bob.screen.split('while all are dead')).toHaveLength(2);
    await again.shows('3 of 3 servers live');
  }, 90_000);
});
