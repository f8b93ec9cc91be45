import { ParleyClient } from '@parley/client/client';
import { MemoryStorage } from '@parley/client/storages/memory';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';
import type { Page } from 'playwright-core';
import { until } from '../../../scripts/local-cluster/until.ts';
import type { Bar } from './bar.ts';
import { type Heap, HeapReader } from './heap.ts';
import { OWNER } from './inbox.ts';
import { MESSAGE, type Stage } from './stage.ts';

/** Four quarters of four: what the client lets go of it lets go in portions, so that single readings rise and fall. */
const READINGS = 16;
const A_QUARTER = READINGS / 4;
/** Writing on while the page is slower than the servers would measure a queue. */
const MOST_AHEAD = 200;
const TIMEOUT_MS = 60_000;
/** One message may cost no more than this from the second quarter to the last: less than it takes to keep one. */
const FLAT_BYTES_A_MESSAGE = 150;

/** An hour of messages, faster than in an hour: `messages` come in, into the conversation that is open. How much the heap of page and worker grows meanwhile. */
export async function measureMemory(stage: Stage, page: Page, messages: number, say: (line: string) => void): Promise<Bar> {
  const sender = new ParleyClient({ servers: stage.cluster.replicas.map(({ address }) => address), transport: grpcJsTransport(), storage: new MemoryStorage() });
  await sender.createAccount('writer', 'correct horse battery');
  const conversationId = await sender.sendTo(OWNER, 'message 0.');
  await page.goto(`${stage.pageUrl}/#conversation=${conversationId}`);
  await shows(page, 0);
  const heaps = await HeapReader.of(page, stage.browser);
  const readings: Heap[] = [];
  const startedAt = performance.now();
  for (let part = 1; part <= READINGS; part++) {
    const upTo = Math.round((messages * part) / READINGS);
    for (let n = Math.round((messages * (part - 1)) / READINGS) + 1; n <= upTo; n++) {
      sender.send(conversationId, `message ${n}. ${'as long as people write '.repeat(3)}`);
      if (n % MOST_AHEAD === 0) await shows(page, n);
    }
    await shows(page, upTo);
    const heap = await heaps.read();
    readings.push(heap);
    say(`      after ${upTo} messages, ${((performance.now() - startedAt) / 1_000).toFixed(0)} s: page ${heap.page.toFixed(1)} MB, worker ${heap.worker.toFixed(1)} MB`);
  }
  await sender.close();
  const [early, late] = [readings.slice(A_QUARTER, 2 * A_QUARTER), readings.slice(-A_QUARTER)].map((quarter) => mean(quarter.map(total)));
  const between = messages / 2;
  return {
    what: `growth of the heap over ${between} messages`,
    measured: (late ?? Number.NaN) - (early ?? Number.NaN),
    most: (between * FLAT_BYTES_A_MESSAGE) / 1e6,
    unit: 'MB',
    note: `page and worker, mean of the last quarter's readings over that of the second's, ${early?.toFixed(1)} MB`,
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const total = ({ page, worker }: Heap): number => page + worker;

async function shows(page: Page, n: number): Promise<void> {
  await until(async () => (await page.locator(MESSAGE).last().textContent())?.includes(`message ${n}.`) === true, { what: `message ${n} is shown`, timeoutMs: TIMEOUT_MS });
}
