/**
 * A replica for the benchmark: the built server in a process of its own, which tells over the process channel how long its event loop was
 * held. Plain JavaScript, so that no compiler at run time is measured with it. Takes the server's flags; PARLEY_BENCH_COPY_ABOVE sets from how many changes on a joiner copies a file first.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { readConfig } from '../dist/config.js';
import { startServer } from '../dist/server.js';

const RESOLUTION_MS = 1;

const config = readConfig(process.argv.slice(2), process.env);
if (typeof config === 'string') throw new Error('give the flags of a server');
const server = await startServer({
  config,
  pageDir: fileURLToPath(new URL('../../web-client/dist/page', import.meta.url)),
  log: pino({ level: config.logLevel, base: { server: config.name } }),
  startWorker: (task) => new Worker(new URL('../dist/store/background-worker.js', import.meta.url), { workerData: task }),
  copyAboveChanges: Number(process.env['PARLEY_BENCH_COPY_ABOVE']),
  onFatal: (message) => {
    process.stderr.write(`${message}\n`);
    process.exit(1);
  },
});

/** Nanoseconds that the main thread ran, and that it was ready but waited for a processor; zeros where the system does not tell (Linux does). */
function scheduled() {
  try {
    const [ranNs = 0, waitedNs = 0] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ').map(Number);
    return { ranNs, waitedNs };
  } catch {
    return { ranNs: 0, waitedNs: 0 };
  }
}

let longest = { heldMs: 0, unwaitedMs: 0, computedMs: 0 };
let before = { at: performance.now(), ...scheduled() };
setInterval(() => {
  const now = { at: performance.now(), ...scheduled() };
  const heldMs = now.at - before.at - RESOLUTION_MS;
  longest = {
    heldMs: Math.max(longest.heldMs, heldMs),
    unwaitedMs: Math.max(longest.unwaitedMs, heldMs - (now.waitedNs - before.waitedNs) / 1e6),
    computedMs: Math.max(longest.computedMs, (now.ranNs - before.ranNs) / 1e6),
  };
  before = now;
}, RESOLUTION_MS);

process.on('message', (asked) => {
  if (asked === 'reset') longest = { heldMs: 0, unwaitedMs: 0, computedMs: 0 };
  if (asked === 'read') process.send?.({ holds: longest });
});
process.on('disconnect', () => void server.close().then(() => process.exit(0)));
void server.ready.then(() => process.send?.({ ready: true }));
