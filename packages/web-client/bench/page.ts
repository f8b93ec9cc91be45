/**
 * Measures the page in a real Chromium, on three real servers on this machine, against what it may take. Prints each measurement; exits 1 when a bar is
 * broken.
 *
 *   npm run bench:page [-- --messages 18000] [--longest 100000] [--conversations 500]
 *
 * `--messages`: how many come in while the memory is watched; 18000 are an hour of five a second.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bar, describeBar, isKept } from './bar.ts';
import { measureLong } from './long.ts';
import { measureLoads, measureOpening, measureOpeningLong, measureSending, measureSlowly, measureStreams } from './measurements.ts';
import { measureMemory } from './memory.ts';
import { SIZE_BARS, sizesOf } from './sizes.ts';
import { Stage } from './stage.ts';

const BYTES_PER_KB = 1_000;
const PAGE_DIR = join(import.meta.dirname, '..', 'dist', 'page');

// The servers end with this process; a signal alone would not have it say so.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '18000' }, longest: { type: 'string', default: '100000' }, conversations: { type: 'string', default: '500' } },
});
const [messages, longest, conversations] = [Number(values.messages), Number(values.longest), Number(values.conversations)];
let passed = true;
const print = (line: string): void => console.log(line);
const judge = (...bars: readonly Bar[]): void => {
  for (const bar of bars) {
    print(describeBar(bar));
    passed &&= isKept(bar);
  }
};

const { scripts, styles } = sizesOf(PAGE_DIR);
judge(
  { what: 'all scripts, gzip', measured: scripts / BYTES_PER_KB, most: SIZE_BARS.scripts / BYTES_PER_KB, unit: 'kB' },
  { what: 'all style sheets, gzip', measured: styles / BYTES_PER_KB, most: SIZE_BARS.styles / BYTES_PER_KB, unit: 'kB' },
);
print(`      three servers, ${conversations} conversations, one of ${longest} messages …`);
const stage = await Stage.set({ conversations, longest });
try {
  judge(...(await measureSlowly(stage)));
  const context = await stage.openProfile();
  const page = await stage.signIn(context);
  judge(await measureLoads(page));
  judge(await measureOpening(page, conversations));
  judge(await measureSending(page));
  judge(await measureOpeningLong(page, longest));
  judge(await measureStreams(stage, context));
  judge(await measureMemory(stage, page, messages, print));
  // A browser of its own: after many tabs the one before may take this page for one in the background, and make no frames.
  await context.close();
  judge(...(await measureLong(stage, await stage.signIn(await stage.openProfile()), [longest / 5, longest], print)));
} finally {
  await stage.close();
}
print(passed ? 'All bars are kept.' : 'A bar is broken.');
process.exit(passed ? 0 : 1);
