/** The soak: `npm run soak -- --clients 100 --servers 4 --seconds 120`. Exits 1 where something is lost, twice, or not the same everywhere. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { realTransports } from '../test/real/real-transports.ts';
import { ServerProcesses } from '../test/real/server-processes.ts';
import { soak } from '../test/real/soak.ts';

// The servers end with this process; a signal alone would not have it say so.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values } = parseArgs({
  options: { clients: { type: 'string', default: '100' }, servers: { type: 'string', default: '4' }, seconds: { type: 'string', default: '120' }, pace: { type: 'string', default: '2000' } },
});

const processes = await ServerProcesses.start({ root: join(import.meta.dirname, '../../..'), count: Number(values.servers) });
const started = performance.now();
try {
  const say = (line: string): void => console.log(`[${((performance.now() - started) / 1_000).toFixed(1)} s] ${line}`);
  const result = await soak({ processes, transports: realTransports(), clients: Number(values.clients), seconds: Number(values.seconds), paceMs: Number(values.pace), say });
  for (const problem of result.problems.slice(0, 20)) say(problem);
  say(`${result.sent} messages, ${result.kills} kills; all the same ${result.settledInS.toFixed(1)} s after the last message; ${result.problems.length} problems`);
  process.exitCode = result.problems.length > 0 ? 1 : 0;
} finally {
  await processes.close();
}
