/**
 * How long joining a large cluster takes, and how long it holds anybody: a database is filled, a replica joins it while a
 * client writes on the donor and has a stream open there. Once by a copy of the donor's file, once by pulling.
 *
 *   npm run bench:join -- [--messages N] [--only copy|pull]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Holds, JoinBench, type Joined, WAYS } from './join-bench.ts';

const FIRST_PORT = Number(process.env['PARLEY_BENCH_FIRST_PORT'] ?? 20_000);

const { values } = parseArgs({ options: { messages: { type: 'string', default: '200000' }, only: { type: 'string' } } });
const messages = Number(values.messages);
const dir = mkdtempSync(join(tmpdir(), 'parley-bench-'));
const bench = new JoinBench(dir, FIRST_PORT);
process.on('exit', () => {
  bench.kill();
  rmSync(dir, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const filledAt = performance.now();
const changes = await bench.fill(messages);
console.log(`${messages} messages, ${changes} changes, ${Math.round(statSync(bench.dbFile).size / 1e6)} MB; filled in ${seconds(performance.now() - filledAt)}`);
for (const how of WAYS) if (values.only === undefined || values.only === how) print(await bench.measure(how));
process.exit(0);

function print({ how, joinMs, donor, joiner, slowestWriteMs, writes, streamed }: Joined): void {
  const hold = ({ heldMs, unwaitedMs, computedMs }: Holds) => `${heldMs.toFixed(0)} ms (without waiting for a processor ${unwaitedMs.toFixed(0)}, computing alone ${computedMs.toFixed(0)})`;
  console.log(`${how}: joined in ${seconds(joinMs)}; longest hold of the event loop: donor ${hold(donor)}, joiner ${hold(joiner)}; slowest of ${writes} writes ${slowestWriteMs.toFixed(0)} ms; ${streamed} events streamed`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
