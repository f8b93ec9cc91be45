import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../../scripts/local-cluster/programs.ts';
import { until } from '../../../scripts/local-cluster/until.ts';
import { PARLEY } from './run-parley.ts';

const TMUX = findProgram('tmux');

/** `describe` where a terminal can be had; else it says what is skipped, which is a failure where all has to be tested. */
export function describeInTerminal(title: string, tests: () => void): void {
  if (TMUX !== undefined) return describe(title, tests);
  const why = `${title}: no tmux command here (Debian: apt install tmux)`;
  process.stderr.write(`SKIPPED ${why}\n`);
  if (process.env['PARLEY_E2E_REQUIRED'] === '1') test(title, () => Promise.reject(new Error(`nothing may be skipped: ${why}`)));
  else describe.skip(title, tests);
}

/** `parley` in a real terminal: a tmux of its own, whose screen can be read. */
export class Terminal {
  readonly #dir = mkdtempSync(join(tmpdir(), 'parley-tmux-'));

  /** The environment is `env` and what a terminal sets. */
  constructor(args: readonly string[], { env = {}, columns = 100 }: { readonly env?: Readonly<Record<string, string>>; readonly columns?: number } = {}) {
    const command = ['env', '-i', ...Object.entries({ PATH: process.env['PATH'] ?? '', TERM: 'screen-256color', HOME: '/nonexistent', LANG: 'C.UTF-8', ...env }).map(([name, value]) => `${name}=${value}`), process.execPath, PARLEY, ...args];
    const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', '30', `${quoted}; echo "ended with $?"; sleep 60`);
  }

  /** Keys that are not text: `Enter`, `C-c`. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  enter(text: string): void {
    this.type(text);
    this.press('Enter');
  }

  /** What is on the screen. */
  get screen(): string {
    return this.#tmux('capture-pane', '-p').trimEnd();
  }

  /** The last lines of the screen that have something on them. */
  lastLines(count: number): string[] {
    return this.screen.split('\n').slice(-count).map((line) => line.trimEnd());
  }

  /** All that was shown, with its escape sequences for colours. */
  get everything(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-S', '-');
  }

  resize(columns: number): void {
    this.#tmux('resize-window', '-x', String(columns));
  }

  /** Command lines of all that runs in it, as every user of the machine can read them. */
  commandLines(): string {
    const pid = this.#tmux('list-panes', '-F', '#{pane_pid}').trim();
    return execFileSync('ps', ['-o', 'args=', '--pid', pid, '--ppid', pid], { encoding: 'utf8' });
  }

  async shows(what: string | RegExp): Promise<void> {
    const isThere = (): boolean => (typeof what === 'string' ? this.screen.includes(what) : what.test(this.screen));
    await until(isThere, { what: `the terminal shows ${String(what)}; it shows:\n${this.screen}`, timeoutMs: 15_000 }).catch((error: unknown) => {
      throw new Error(`${String(error)}\nat last it showed:\n${this.screen}`);
    });
  }

  close(): void {
    this.#tmux('kill-server');
    rmSync(this.#dir, { recursive: true });
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync(TMUX ?? 'tmux', ['-S', join(this.#dir, 'socket'), ...args], { encoding: 'utf8' });
  }
}
