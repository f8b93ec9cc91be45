import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { VirtualTime } from '../../test/virtual-time.ts';
import { systemRandom } from '../random.ts';
import type { CopyMade } from '../store/file-copy.ts';
import { CopyDesk } from './copy-desk.ts';

const BYTES = 1024 * 1024 + 5;

describe('handing out copies', () => {
  let dir: string;
  let time: VirtualTime;
  let desk: CopyDesk;
  let file: string;
  let made: number;
  let finish: () => void;
  let failure: Error | undefined;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'parley-desk-'));
    file = join(dir, 'a.db.copy');
    time = new VirtualTime();
    made = 0;
    failure = undefined;
    writeFileSync(join(dir, 'a.db'), 'database');
    desk = new CopyDesk({ dbFile: join(dir, 'a.db'), file, make, time, random: systemRandom, log: pino({ level: 'silent' }) });
  });
  afterEach(() => {
    desk.close();
    rmSync(dir, { recursive: true });
  });

  const make = (_from: string, to: string): Promise<CopyMade> =>
    new Promise((resolve, reject) => {
      made += 1;
      writeFileSync(to, Buffer.alloc(BYTES, made));
      finish = () => (failure ? reject(failure) : resolve({ bytes: BYTES, sha256: new Uint8Array([made]), schema: 1 }));
    });
  const ask = (copyId = '', offset = 0) => desk.read({ clusterId: '', copyId, offset });
  const isBegun = async (count: number) => {
    while (made < count) await new Promise((resolve) => setImmediate(resolve));
  };
  /** A copy is made and the first chunk of it read. */
  const copied = async () => {
    const asked = ask();
    await isBegun(made + 1);
    finish();
    return asked;
  };

  test('[J3] while a copy is made the answer says so; then it comes in chunks of 1 MiB, the same for all who ask', async () => {
    const early = ask();
    await isBegun(1);
    await time.pass(1000);
    expect((await early).copyId).toBe('');
    const both = [ask(), ask()];
    finish();
    const [one, other] = await Promise.all(both);
    expect(one).toMatchObject({ size: BYTES, schema: 1, copyId: other?.copyId });
    expect(one?.chunk).toHaveLength(1024 * 1024);
    expect((await ask(one?.copyId, 1024 * 1024)).chunk).toHaveLength(5);
    expect((await ask(one?.copyId, BYTES)).chunk).toHaveLength(0);
    expect(made).toBe(1);
  });

  test('[J3] a copy that nobody reads for a minute is dropped, one that is read is not', async () => {
    const { copyId } = await copied();
    await time.pass(59_000);
    await ask(copyId, 5);
    await time.pass(59_000);
    expect(existsSync(file)).toBe(true);
    await time.pass(1000);
    expect(existsSync(file)).toBe(false);
    await expect(ask(copyId, 5)).rejects.toMatchObject({ reason: 'COPY_GONE' });
    expect((await copied()).copyId).not.toBe(copyId);
  });

  test('[J3] a copy that fails leaves nothing behind, is told, and is tried again for the next who asks', async () => {
    failure = new Error('disk full');
    await expect(copied()).rejects.toThrow('disk full');
    expect(existsSync(file)).toBe(false);
    failure = undefined;
    expect((await copied()).size).toBe(BYTES);
    desk.close();
    expect(existsSync(file)).toBe(false);
  });

  test('[J3] a copy that fails while nobody waits is told to the next who asks, who goes on with another donor, and then tried again', async () => {
    const early = ask();
    await isBegun(1);
    await time.pass(1000);
    expect((await early).copyId).toBe('');
    failure = new Error('damaged page');
    finish();
    await time.pass(200);
    await expect(ask()).rejects.toThrow('damaged page');
    expect(made).toBe(1);
    failure = undefined;
    expect((await copied()).size).toBe(BYTES);
  });
});
