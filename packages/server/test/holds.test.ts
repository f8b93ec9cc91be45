import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JoinBench, WAYS } from '../bench/join-bench.ts';

const MESSAGES = 30_000;
/** Ports of servers that stop and start: below those that the system gives to outgoing connections. */
const FIRST_PORT = 21_000 + Math.floor(Math.random() * 1000);

describe('[P3] never in the way', () => {
  let dir: string;
  let bench: JoinBench;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'parley-holds-'));
    bench = new JoinBench(dir, FIRST_PORT);
    await bench.fill(MESSAGES);
  }, 60_000);
  afterAll(() => {
    bench.kill();
    rmSync(dir, { recursive: true });
  });

  // The time that was computed, not the time that passed: a busy machine does not change it.
  test.each(WAYS)('a replica that joins by %s and its donor hold nobody for 50 ms, while people write and listen', async (how) => {
    const { isCopied, donor, joiner, writes, streamed } = await bench.measure(how);
    expect(isCopied).toBe(how === 'copy');
    expect(writes).toBeGreaterThan(0);
    expect(streamed).toBeGreaterThan(0);
    expect(donor.computedMs).toBeLessThan(50);
    expect(joiner.computedMs).toBeLessThan(50);
    if (existsSync('/proc/self/schedstat')) expect(Math.min(donor.computedMs, joiner.computedMs)).toBeGreaterThan(0);
  }, 120_000);
});
