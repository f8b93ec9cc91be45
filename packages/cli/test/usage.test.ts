import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands } from '../src/commands.ts';
import { COMMON_FLAGS } from '../src/settings.ts';
import { CLI_VERSION } from '../src/version.ts';
import { type Ran, runHere, runParley } from './run-parley.ts';

const NOBODY = '127.0.0.1:1';

describe('parley, with no server', () => {
  let dir: string;
  let state: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'parley-usage-'));
    state = join(dir, 'state.json');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** One line on stderr that says what to do, nothing on stdout. */
  const refuses = (ran: Ran, code: number, line: RegExp): void => {
    expect(ran).toEqual({ code, stdout: '', stderr: expect.stringMatching(line) });
    expect(ran.stderr.trim().split('\n')).toHaveLength(1);
  };

  test('help: of all and of each command, in both spellings; the version', async () => {
    const whole = await runHere(['--help']);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    for (const command of commands) {
      expect(whole.stdout).toContain(`  ${command.name} `);
      const [flag, word] = await Promise.all([runHere([...command.name.split(' '), '--help']), runHere(['help', ...command.name.split(' ')])]);
      expect(flag).toEqual({ code: 0, stderr: '', stdout: expect.stringContaining(`Usage: parley ${command.name} `) });
      expect(word).toEqual(flag);
      for (const { name } of [...command.flags, ...COMMON_FLAGS]) expect(flag.stdout).toContain(`--${name} `);
      for (const line of flag.stdout.split('\n')) expect(line).toBe(line.trimEnd());
    }
    expect(await runParley(['--version'])).toEqual({ code: 0, stdout: `${CLI_VERSION}\n`, stderr: '' });
    const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as { version: string };
    expect(version).toBe(CLI_VERSION);
  }, 60_000);

  test('[H5] what is typed wrong: exit code 2, and what would be right', async () => {
    expect(await runParley([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^parley: say what to do\.[^]*Commands:/) });
    refuses(await runHere(['snd', 'bob', 'hello']), 2, /no command snd; did you mean send\?/);
    refuses(await runHere(['cluster', 'statsu']), 2, /no command cluster statsu; did you mean cluster status\?/);
    refuses(await runHere(['send', 'bob']), 2, /something is missing; it takes USERNAME TEXT…/);
    refuses(await runHere(['logout', 'now']), 2, /takes nothing but flags, not now/);
    refuses(await runHere(['send', 'bob', '--pasword', 'x']), 2, /no flag --pasword/);
    refuses(await runHere(['send', 'bob', 'hello', '--servers', 'nowhere']), 2, /nowhere is not the address of a server; give HOST:PORT/);
    refuses(await runHere(['send', 'bob', 'hello', '--id', 'short', '--servers', NOBODY]), 2, /give 26 characters/);
    refuses(await runHere(['send', 'bob', 'hello', '--reply-to', 'short', '--servers', NOBODY]), 2, /--reply-to short: give 26 characters/);
    refuses(await runHere(['edit', 'bob', '--servers', NOBODY]), 2, /something is missing; it takes USERNAME TEXT…/);
    refuses(await runHere(['edit', 'bob', 'hello', '--message', 'short', '--servers', NOBODY]), 2, /--message short: give 26 characters/);
    refuses(await runHere(['send', 'bob', 'hello', '--timeout', '-1', '--servers', NOBODY]), 2, /--timeout/);
    refuses(await runHere(['read', '--all', '--servers', NOBODY]), 2, /say whose messages/);
    refuses(await runHere(['cluster', 'remove', 'x', '--servers', NOBODY, '--cluster-secret-file', join(dir, 'none')]), 2, /cannot be read from/);
    refuses(await runHere(['cluster', 'join-command', 'a;b', '--servers', NOBODY]), 2, /is no address/);
    refuses(await runHere(['accounts', '--state-file', state]), 2, /no server is known yet; name one with --servers/);
    refuses(await runHere(['chat', '--json']), 2, /a chat is for people/);
  }, 60_000);

  test('[H2] a password is never an argument: no flag takes one, and without a terminal nobody is asked', async () => {
    for (const { flags } of commands) for (const { name, value } of flags) expect([name, value]).not.toEqual([expect.stringMatching(/password$/), expect.anything()]);
    refuses(await runParley(['login', 'alice', '--password', 'secret', '--servers', NOBODY]), 2, /no flag --password/);
    refuses(await runHere(['login', 'alice', 'secret', '--servers', NOBODY]), 2, /too much/);
    refuses(await runHere(['login', 'alice', '--servers', NOBODY, '--state-file', state]), 2, /no terminal to ask for the password on; use --password-file FILE or PARLEY_PASSWORD/);
    refuses(await runParley(['login', '--servers', NOBODY, '--state-file', state]), 2, /no terminal to ask for the username/);
    refuses(await runHere(['login', 'alice', '--password-file', join(dir, 'none'), '--servers', NOBODY]), 2, /cannot be read from/);
  }, 30_000);

  test('no server can be reached: exit code 6, and the address is not remembered', async () => {
    const options = { env: { PARLEY_PASSWORD: 'correct horse' } };
    refuses(await runHere(['login', 'alice', '--servers', NOBODY, '--state-file', state], options), 6, /No server answers/);
    refuses(await runHere(['cluster', 'status', '--servers', NOBODY, '--state-file', state]), 6, /No server answers/);
    refuses(await runHere(['accounts', '--state-file', state]), 2, /no server is known yet/);
  }, 40_000);

  test('something that is no Parley server: exit code 6', async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).end('HTTP/1.1 404 Not Found\r\n\r\n', () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    const address = `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
    refuses(await runHere(['cluster', 'status', '--servers', address, '--state-file', state]), 6, /No server answers/);
    await new Promise((resolve) => server.close(resolve));
  }, 20_000);

  test('signed out: exit code 3, and how to sign in', async () => {
    for (const args of [['accounts'], ['send', 'bob', 'hello'], ['edit', 'bob', 'hello'], ['read'], ['logout'], ['delete', 'a'], ['change-password'], ['delete-account']]) {
      refuses(await runHere([...args, '--servers', NOBODY, '--state-file', state]), 3, /You are signed out\. Sign in first: parley login USERNAME/);
    }
  }, 30_000);

  test('a state file that is something else, or cannot be written: exit code 1, and it is left as it was', async () => {
    const notes = join(dir, 'notes.txt');
    writeFileSync(notes, 'not for Parley');
    refuses(await runHere(['accounts', '--servers', NOBODY, '--state-file', notes]), 1, /notes\.txt cannot be used: .* is not a state file of Parley\. Name another one/);
    expect(readFileSync(notes, 'utf8')).toBe('not for Parley');
    refuses(await runHere(['accounts', '--servers', NOBODY, '--state-file', join(notes, 'state.json')]), 1, /cannot be used/);
    expect(readdirSync(dir)).toEqual(['notes.txt']);
  }, 20_000);

  test('the state file is where XDG says: XDG_STATE_HOME, or .local/state below the home directory', async () => {
    await runHere(['accounts', '--servers', NOBODY], { env: { HOME: dir } });
    expect(readdirSync(join(dir, '.local/state/parley'))).toEqual(['state.json']);
    await runHere(['accounts', '--servers', NOBODY], { env: { HOME: dir, XDG_STATE_HOME: join(dir, 'xdg') } });
    expect(readdirSync(join(dir, 'xdg'))).toEqual(['parley']);
  }, 20_000);
});
