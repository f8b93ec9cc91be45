import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { readable } from './log-line.ts';

export interface ChildOptions {
  /** For people: `server1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Start it again when it ends by itself, or is killed from outside. */
  readonly restart: boolean;
  /** Gets every line of its output, and what happens to it, with its name in front. */
  readonly print: (line: string) => void;
}

/** A program that runs beside this one, and ends with it. */
export interface Child {
  readonly name: string;
  /** While it runs. */
  readonly pid: number | undefined;
  start(): void;
  /** Ends it as a crash does (SIGKILL). It stays dead until `start`. */
  kill(): Promise<void>;
  /** Ends it in order (SIGTERM), or after ten seconds by force. It stays dead until `start`. */
  stop(): Promise<void>;
  /** Resolves, with words for people, when it has refused to run: exit code 2 means that another try would end the same way. */
  readonly refused: Promise<string>;
}

const STOP_TIMEOUT_MS = 10_000;
/** Long enough to watch the others go on without it. */
const FIRST_RESTART_MS = 3000;
const MAX_RESTART_MS = 30_000;
/** One that ran for so long was well: its next restart waits as the first did. */
const WELL_AFTER_MS = 60_000;
const EXIT_USAGE = 2;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function createChild({ name, command, args, restart, print }: ChildOptions): Child {
  let child: ChildProcess | undefined;
  let wanted = false;
  let restartDelayMs = FIRST_RESTART_MS;
  let restartTimer: NodeJS.Timeout | undefined;
  let refuse: (reason: string) => void;
  const refused = new Promise<string>((resolve) => {
    refuse = resolve;
  });
  const say = (line: string): void => print(`${name.padEnd(8)}| ${line}`);

  const run = (): void => {
    const startedAt = performance.now();
    // A group of its own: Ctrl-C reaches this program alone, which then ends its children in order.
    const started = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child = started;
    running.add(started);
    for (const stream of [started.stdout, started.stderr]) createInterface(stream).on('line', (line) => say(readable(line)));
    started.once('error', (error) => say(`cannot be run: ${error.message}`));
    // Not 'exit': its last lines come before.
    started.once('close', (code, signal) => {
      running.delete(started);
      child = undefined;
      if (wanted) ended(signal ? `was ended by ${signal}` : `ended with exit code ${code}`, code, performance.now() - startedAt);
    });
  };

  const ended = (how: string, code: number | null, ranMs: number): void => {
    if (code === EXIT_USAGE) {
      wanted = false;
      say(how);
      return refuse(`${name} cannot run; its last line above says why`);
    }
    if (!restart) return say(how);
    if (ranMs > WELL_AFTER_MS) restartDelayMs = FIRST_RESTART_MS;
    say(`${how}; starting it again in ${restartDelayMs / 1000} s`);
    restartTimer = setTimeout(() => {
      run();
      say(`is started again, pid ${child?.pid}`);
    }, restartDelayMs);
    restartDelayMs = Math.min(restartDelayMs * 2, MAX_RESTART_MS);
  };

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    wanted = false;
    clearTimeout(restartTimer);
    if (!child) return;
    const closed = once(child, 'close');
    child.kill(signal);
    const force = setTimeout(() => {
      say(`does not end within ${STOP_TIMEOUT_MS / 1000} s; killing it`);
      child?.kill('SIGKILL');
    }, STOP_TIMEOUT_MS);
    await closed;
    clearTimeout(force);
  };

  return {
    name,
    refused,
    get pid() {
      return child?.pid;
    },
    start() {
      if (wanted) return;
      wanted = true;
      run();
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}
