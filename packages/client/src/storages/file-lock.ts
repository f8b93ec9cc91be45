import { linkSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject } from '../storage.ts';

/** What is done under the lock takes milliseconds: a lock of this age was left behind by a process that died. */
const ABANDONED_AFTER_MS = 5_000;
const RETRY_MS = 10;

let locks = 0;

/**
 * Runs `work` while no other process, and nobody else in this one, runs something under the same lock file. `work` is synchronous, so
 * that a process holds the lock for as short as can be; it gets a function that tells whether the lock is still its own, to be asked
 * before anything is made to last: a process that was stopped meanwhile (SIGSTOP, a suspended laptop) may have lost it. Resolves to
 * undefined where `work` says so by returning undefined; it is then run again.
 */
export async function underLock<Result>(lockFile: string, work: (isMine: () => boolean) => Result | undefined): Promise<Result> {
  const token = `${process.pid}.${locks++}.${Math.random()}`;
  const isMine = (): boolean => read(lockFile) === token;
  for (;;) {
    if (take(lockFile, token)) {
      try {
        const result = work(isMine);
        if (result !== undefined) return result;
      } finally {
        if (isMine()) remove(lockFile);
      }
    } else {
      breakAbandoned(lockFile);
    }
    await delay(RETRY_MS * Math.random());
  }
}

function take(lockFile: string, token: string): boolean {
  try {
    writeFileSync(lockFile, token, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Takes away a lock that nobody holds any more. Two that try this at once must not take away each other's new lock, so whatever was taken is looked at, and put back if it was not the one. */
function breakAbandoned(lockFile: string): void {
  const token = read(lockFile);
  const age = ageMs(lockFile);
  if (token === undefined || age === undefined || age < ABANDONED_AFTER_MS) return;
  const aside = `${lockFile}.${process.pid}`;
  try {
    renameSync(lockFile, aside);
    if (read(aside) !== token) linkSync(aside, lockFile);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  }
  remove(aside);
}

function ageMs(file: string): number | undefined {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** `ENOENT`, `EEXIST`, … of an error of Node's file system. */
export function codeOf(error: unknown): unknown {
  return isObject(error) ? error['code'] : undefined;
}
