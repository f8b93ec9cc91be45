import { execFile } from 'node:child_process';
import type fs from 'node:fs';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { underLock } from './file-lock.ts';
import { FileStorage } from './file.ts';

const BUILT = join(__dirname, '../../dist/storages/file.js');

describe('FileStorage', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'parley-file-'));
    file = join(dir, 'state', 'parley.json');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('values are kept from one process to the next, replaced and deleted; nothing else is left beside the file', async () => {
    const storage = new FileStorage(file);
    expect(await storage.get('a')).toBeUndefined();
    await storage.set('a', '1');
    await storage.set('b', 'two\nlines');
    await storage.update('a', (value) => `${value}2`);
    const again = new FileStorage(file);
    expect([await again.get('a'), await again.get('b')]).toEqual(['12', 'two\nlines']);
    await again.update('a', () => undefined);
    await again.delete('b');
    expect([await storage.get('a'), await storage.get('b')]).toEqual([undefined, undefined]);
    expect(readdirSync(join(dir, 'state'))).toEqual(['parley.json']);
  });

  test('[H1] the file and the directory made for it are for this user alone, also where the file was readable before', async () => {
    const storage = new FileStorage(file);
    await storage.set('a', '1');
    expect([statSync(file).mode & 0o777, statSync(join(dir, 'state')).mode & 0o777]).toEqual([0o600, 0o700]);
    chmodSync(file, 0o644);
    await storage.set('a', '2');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('[H1] a file that holds something else is left as it is', async () => {
    const other = join(dir, 'notes.txt');
    for (const text of ['not JSON', '[]', '{"name":"x"}', '']) {
      writeFileSync(other, text);
      const storage = new FileStorage(other);
      await expect(storage.get('a')).rejects.toThrow(/notes\.txt is not a state file of Parley/);
      await expect(storage.set('a', '1')).rejects.toThrow(/not a state file/);
      expect(readFileSync(other, 'utf8')).toBe(text);
    }
    expect(readdirSync(dir)).toEqual(['notes.txt']);
  });

  test('a change that fails leaves the file as it was and the lock free', async () => {
    const storage = new FileStorage(file);
    await storage.set('a', '1');
    await expect(storage.update('a', () => {
      throw new Error('no');
    })).rejects.toThrow('no');
    await storage.set('b', '2');
    expect([await storage.get('a'), await storage.get('b')]).toEqual(['1', '2']);
  });

  test('changes are made in the order in which they were asked for, and `settled` waits for them', async () => {
    const storage = new FileStorage(file);
    await storage.set('a', '0');
    writeFileSync(`${file}.lock`, 'of another');
    for (const value of ['1', '2', '3', '4', '5']) void storage.update('a', (before) => `${before}${value}`);
    const waiting = storage.settled();
    rmSync(`${file}.lock`);
    await waiting;
    expect(await storage.get('a')).toBe('012345');
  });

  test('[H1] several processes at once: every change of each is there, and every read finds a whole file', async () => {
    const [processes, changes] = [4, 50];
    const program = `
      const { FileStorage } = await import(${JSON.stringify(BUILT)});
      const storage = new FileStorage(${JSON.stringify(file)});
      for (let i = 0; i < ${changes}; i++) {
        await storage.update('count', (count) => String(Number(count ?? 0) + 1));
        await storage.get('count');
      }`;
    await Promise.all(Array.from({ length: processes }, () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])));
    expect(await new FileStorage(file).get('count')).toBe(String(processes * changes));
    expect(readdirSync(join(dir, 'state'))).toEqual(['parley.json']);
  }, 30_000);

  test('a lock that a dead process left is broken once it is old; a young one is waited for', async () => {
    const storage = new FileStorage(file);
    await storage.set('a', '1');
    writeFileSync(`${file}.lock`, 'of a process that is gone');
    const looks = jest.spyOn(jest.requireActual<typeof fs>('node:fs'), 'statSync');
    const change = storage.set('a', '2');
    // It has tried, found that the lock is young, and tried again.
    while (looks.mock.calls.filter(([path]) => path === `${file}.lock`).length < 2) await new Promise((resolve) => setImmediate(resolve));
    looks.mockRestore();
    expect(await storage.get('a')).toBe('1');
    utimesSync(`${file}.lock`, new Date(0), new Date(0));
    await change;
    expect(await storage.get('a')).toBe('2');
    expect(readdirSync(join(dir, 'state'))).toEqual(['parley.json']);
  });

  test('whoever lost the lock meanwhile makes no change, and tries again', async () => {
    const lock = join(dir, 'lock');
    const runs: boolean[] = [];
    await underLock(lock, (isMine) => {
      if (runs.length === 0) writeFileSync(lock, 'of another');
      runs.push(isMine());
      utimesSync(lock, new Date(0), new Date(0));
      return isMine() || undefined;
    });
    expect(runs).toEqual([false, true]);
  });
});
