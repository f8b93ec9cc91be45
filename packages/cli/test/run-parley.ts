import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from '../src/run.ts';

/** The program that people run, as `tsc -b` built it. */
export const PARLEY = join(__dirname, '../dist/main.js');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on standard input. */
  readonly input?: string;
}

/** Starts `parley` without a terminal, and with nothing of this process's environment that it would heed. */
export function startParley(args: readonly string[], { env = {} }: RunOptions = {}): { readonly child: ChildProcessWithoutNullStreams; readonly ended: Promise<Ran> } {
  const child = spawn(process.execPath, [PARLEY, ...args], { env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env } });
  const told = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (told.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (told.stderr += data.toString()));
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, ...told }))) };
}

export function runParley(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { child, ended } = startParley(args, options);
  child.stdin.end(options.input ?? '');
  return ended;
}

/** The same within this process, which is faster: for what needs neither signals nor input. */
export async function runHere(args: readonly string[], { env = {} }: RunOptions = {}): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(args, {
    stdin: { isTTY: false } as NodeJS.ReadStream, stdout: stdout as unknown as NodeJS.WriteStream, stderr: stderr as unknown as NodeJS.WriteStream,
    env: { HOME: '/nonexistent', ...env },
  });
  const [told, talk] = [stdout, stderr].map((stream) => String(stream.read() ?? ''));
  return { code, stdout: told ?? '', stderr: talk ?? '' };
}

/** The JSON values that a command printed, one a line. */
export function jsonLines({ stdout }: Ran): Record<string, unknown>[] {
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}
