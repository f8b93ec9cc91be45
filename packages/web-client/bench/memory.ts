import { ParleyClient } from '@parley/client/client';
import { MemoryStorage } from '@parley/client/storages/memory';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';
import type { Page } from 'playwright-core';
import { until } from '../../../scripts/local-cluster/until.ts';
import type { Bar } from './bar.ts';
import { type Heap, HeapReader } from './heap.ts';
import { OWNER } from './inbox.ts';
import { MESSAGE, type Stage } from './stage.ts';

const READINGS = 8;
/** Writing on while the page is slower than the servers would measure a queue. */
const MOST_AHEAD = 200;
const TIMEOUT_MS = 60_000;
/** One message may cost no more than about 150 bytes from the second quarter on: less than it takes to keep it. */
const FLAT_BYTES_A_MESSAGE = 150;

/** An hour of messages, faster than in an hour: `messages` come in, into the conversation that is open. How much the heap of page and worker grows meanwhile. */
export async function measureMemory(stage: Stage, page: Page, messages: number, say: (line: string) => void): Promise<Bar> {
  const sender = new ParleyClient({ servers: stage.cluster.replicas.map(({ address }) => address), transport: grpcJsTransport(), storage: new MemoryStorage() });
  await sender.createAccount('writer', 'correct horse battery');
  const conversationId = await sender.sendTo(OWNER, 'message 0.');
  await page.goto(`${stage.pageUrl}/#conversation=${conversationId}`);
  await shows(page, 0);
  const heaps = await HeapReader.of(page, stage.browser);
  const readings: { readonly sent: number; readonly heap: Heap }[] = [];
  const startedAt = performance.now();
  for (let part = 1; part <= READINGS; part++) {
    const upTo = Math.round((messages * part) / READINGS);
    for (let n = Math.round((messages * (part - 1)) / READINGS) + 1; n <= upTo; n++) {
      sender.send(conversationId, `message ${n}. ${'as long as people write '.repeat(3)}`);
      if (n % MOST_AHEAD === 0) await shows(page, n);
    }
    await shows(page, upTo);
    const heap = await heaps.read();
    readings.push({ sent: upTo, heap });
    say(`      after ${upTo} messages, ${((performance.now() - startedAt) / 1_000).toFixed(0)} s: page ${heap.page.toFixed(1)} MB, worker ${heap.worker.toFixed(1)} MB`);
  }
  await sender.close();
  const [early, late] = [readings[READINGS / 4 - 1], readings.at(-1)];
  if (!early || !late) throw new Error('nothing was read');
  const grown = total(late.heap) - total(early.heap);
  return {
    what: `growth of the heap over ${late.sent - early.sent} messages`,
    measured: grown,
    most: ((late.sent - early.sent) * FLAT_BYTES_A_MESSAGE) / 1e6,
    unit: 'MB',
    note: `page and worker, from ${total(early.heap).toFixed(1)} MB after the first ${early.sent}`,
  };
}

const total = ({ page, worker }: Heap): number => page + worker;

async function shows(page: Page, n: number): Promise<void> {
  await until(async () => (await page.locator(MESSAGE).last().textContent())?.includes(`message ${n}.`) === true, { what: `message ${n} is shown`, timeoutMs: TIMEOUT_MS });
}
