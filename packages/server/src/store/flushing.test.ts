import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flushing } from './flushing.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'parley-flushing-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

test('a file is flushed while it is written, and not any more once the task is done', async () => {
  const path = join(dir, 'large');
  writeFileSync(path, 'x');
  const handle = await open(path);
  const datasync = jest.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'datasync');
  await handle.close();
  let finish = (_: string) => {};
  const task = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const twice = new Promise<void>((resolve) => {
    datasync.mockImplementation(() => {
      if (datasync.mock.calls.length === 2) resolve();
      return Promise.resolve();
    });
  });
  const flushed = flushing(path, task);
  await twice;
  finish('done');
  expect(await flushed).toBe('done');
  const { length } = datasync.mock.calls;
  await flushing(join(dir, 'missing'), Promise.resolve());
  expect(datasync.mock.calls).toHaveLength(length);
});

test('what the task fails with is told, also where the file was never made', async () => {
  await expect(flushing(join(dir, 'missing'), Promise.reject(new Error('no room')))).rejects.toThrow('no room');
});
