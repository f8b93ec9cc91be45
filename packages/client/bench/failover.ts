/**
 * How long people wait when the server that they use is lost: from kill -9 to the next message shown, where the connection breaks; and where it hangs, from
 * SIGSTOP and from a pulled cable (nothing comes through any more, and nobody is told). Real servers, both transports;
 * `npm run bench:failover -- --kills 10 --hangs 5`. Exits 1 above the bars.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { realTransports } from '../test/real/real-transports.ts';
import { ServerProcesses } from '../test/real/server-processes.ts';
import { FailoverTrial, type Fault, type Way } from './failover-trial.ts';
import { countSpread } from './spread.ts';

const HANG = { median: 6_500, worst: 6_500 };
/** What is promised: milliseconds. */
const BARS = { kill: { median: 300, worst: 1_500 }, freeze: HANG, cable: HANG } as const;

/** Of the clients of a dead server no more than this go to one of the two that are left: by chance alone less than one run in a thousand has more. */
const MOST_TO_ONE = 5 / 6;

const FAULTS = { kill: 'kill -9', freeze: 'SIGSTOP', cable: 'a pulled cable' } as const;

// The servers end with this process; a signal alone would not have it say so.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values } = parseArgs({ options: { kills: { type: 'string', default: '10' }, hangs: { type: 'string', default: '5' }, clients: { type: 'string', default: '60' } } });

let passed = true;
console.log(`bars: median below ${BARS.kill.median} ms and worst below ${BARS.kill.worst} ms where the connection breaks, worst below ${HANG.worst} ms where it hangs`);
const processes = await ServerProcesses.start({ root: join(import.meta.dirname, '../../..'), count: 3 });
try {
  for (const real of realTransports()) {
    const trial = await FailoverTrial.begin(processes, real);
    for (const fault of ['kill', 'freeze', 'cable'] as const) {
      for (const way of ['shown', 'sent'] as const) report(real.name, fault, way, await trial.repeat(Number(fault === 'kill' ? values.kills : values.hangs), fault, way));
    }
    await trial.close();
    reportSpread(real.name, await countSpread(processes, real, Number(values.clients)));
  }
} finally {
  await processes.close();
}
process.exit(passed ? 0 : 1);

function report(transport: string, fault: Fault, way: Way, waits: readonly number[]): void {
  const sorted = waits.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const worst = sorted.at(-1) ?? Number.NaN;
  const bar = BARS[fault];
  const isGood = median < bar.median && worst < bar.worst;
  passed &&= isGood;
  const what = way === 'shown' ? "the other one's next message shown" : "one's own next message shown to the other";
  console.log(`${transport}, ${FAULTS[fault]}, ${what}: median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms, n = ${sorted.length}${isGood ? '' : `: ABOVE the bar of ${bar.median} and ${bar.worst} ms`}`);
}

function reportSpread(transport: string, spread: ReadonlyMap<string, number>): void {
  const counts = [...spread.values()];
  const count = counts.reduce((sum, each) => sum + each, 0);
  const isGood = Math.max(...counts) <= MOST_TO_ONE * count;
  passed &&= isGood;
  const words = [...spread].map(([name, each]) => `${name} ${each}`).join(', ');
  console.log(`${transport}: of ${count} clients of a server that was killed went to ${words}${isGood ? '' : ': ABOVE the bar of five sixths'}`);
}
