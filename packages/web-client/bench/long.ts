import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ParleyClient } from '@parley/client/client';
import { MemoryStorage } from '@parley/client/storages/memory';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';
import type { Page } from 'playwright-core';
import { until } from '../../../scripts/local-cluster/until.ts';
import { type Bar, quantile } from './bar.ts';
import { HeapReader } from './heap.ts';
import { OWNER } from './inbox.ts';
import { open, timed, timeOpening } from './measurements.ts';
import { MESSAGE, PASSWORD, type Stage } from './stage.ts';

/** What one click on a quote loads at most. */
const A_CLICK = 10_000;
const SENT = 20;
const FRAMES = 300;
/** Of a fast flick: half a screen each frame. */
const STEP_PX = 400;
const JUMPS = [0.5, 0.1, 0.9, 0.3, 0.7];
const OTHER = 'person-0';

/** What in-long.js puts into the page. */
interface InLong {
  loadBack(): Promise<void>;
  scrollThrough(stepPx: number, frames: number): Promise<{ readonly tookMs: readonly number[]; readonly long: number; readonly empty: number }>;
  jumpTo(share: number): Promise<number>;
  shownAt(text: string): Promise<number>;
}
declare const window: { readonly parleyLong: InLong };

/** A conversation of which much is loaded: writing, receiving and scrolling in it, and coming back to it. `loaded`: how many messages, each time. */
export async function measureLong(stage: Stage, page: Page, loaded: readonly number[], say: (line: string) => void): Promise<readonly Bar[]> {
  const other = new ParleyClient({ servers: stage.cluster.replicas.map(({ address }) => address), transport: grpcJsTransport(), storage: new MemoryStorage() });
  await other.logIn(OTHER, PASSWORD);
  await page.bringToFront();
  // Nothing but the list is loaded then.
  await page.goto(new URL('/', page.url()).href);
  await page.reload();
  // Playwright would have it run before the page's own scripts.
  await page.evaluate(readFileSync(join(import.meta.dirname, 'in-long.js'), 'utf8'));
  const bars: Bar[] = [];
  try {
    await open(page, OTHER);
    let here = 0;
    for (const upTo of loaded) {
      const startedAt = performance.now();
      for (; here < upTo; here += A_CLICK) {
        await toEnd(page);
        await page.locator('button.quote').last().waitFor();
        await page.evaluate(() => window.parleyLong.loadBack());
      }
      say(`      ${upTo} messages loaded in the page, in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
      bars.push(...(await measureLoaded(page, other, upTo)));
      const { page: pageMb, worker } = await (await HeapReader.of(page, stage.browser)).read();
      say(`      heap with ${upTo} messages loaded: page ${pageMb.toFixed(1)} MB, worker ${worker.toFixed(1)} MB`);
    }
  } finally {
    await other.close();
  }
  return bars;
}

async function measureLoaded(page: Page, other: ParleyClient, loaded: number): Promise<readonly Bar[]> {
  const bar = (what: string, waits: readonly number[], most: number): Bar => ({
    what: `${loaded} messages loaded: ${what}`, measured: quantile(waits, 0.5), most, unit: 'ms', note: `median of ${waits.length}, worst ${quantile(waits, 1).toFixed(0)}`,
  });
  await toEnd(page);
  const sent = await enterToPaint(page, loaded);
  const received = await receive(page, other, loaded);

  const jumps: number[] = [];
  for (const share of JUMPS) jumps.push(await page.evaluate((to) => window.parleyLong.jumpTo(to), share));
  const up = await page.evaluate(([step, frames]) => window.parleyLong.scrollThrough(-step, frames), [STEP_PX, FRAMES] as const);
  const down = await page.evaluate(([step, frames]) => window.parleyLong.scrollThrough(step, frames), [STEP_PX, FRAMES] as const);
  const tookMs = [...up.tookMs, ...down.tookMs];

  await open(page, 'person-1');
  const back = [await timeOpening(page, OTHER)];
  const scrolled = `${tookMs.length} frames of ${STEP_PX} px, worst ${quantile(tookMs, 1).toFixed(0)} ms`;
  return [
    bar('Enter to the painted message of one’s own', sent, 50),
    bar('another one’s sending to the painted message', received, 100),
    { what: `${loaded} messages loaded: frames over 50 ms while scrolling fast`, measured: up.long + down.long, most: 0, unit: '', note: scrolled },
    { what: `${loaded} messages loaded: frames without a message while scrolling fast`, measured: up.empty + down.empty, most: 0, unit: '', note: scrolled },
    bar('a drag of the scroll bar to painted messages', jumps, 100),
    bar('coming back to the conversation', back, 300),
  ];
}

async function enterToPaint(page: Page, loaded: number): Promise<number[]> {
  const composer = page.getByLabel('Message', { exact: true });
  const waits: number[] = [];
  for (let n = 0; n < SENT; n++) {
    const text = `sent with ${loaded} loaded, ${n}.`;
    await composer.fill(text);
    waits.push(await timed(page, 'keydown', MESSAGE, text, () => composer.press('Enter')));
  }
  return waits;
}

/** Both clocks are this machine's. */
async function receive(page: Page, other: ParleyClient, loaded: number): Promise<number[]> {
  await until(() => Promise.resolve(conversationIdOf(other) !== undefined), { what: `${OTHER} has the conversation`, timeoutMs: 10_000 });
  const waits: number[] = [];
  for (let n = 0; n < SENT; n++) {
    const text = `received with ${loaded} loaded, ${n}.`;
    const shownAt = page.evaluate((words) => window.parleyLong.shownAt(words), text);
    const sentAt = performance.timeOrigin + performance.now();
    other.send(conversationIdOf(other) ?? '', text);
    waits.push((await shownAt) - sentAt);
  }
  return waits;
}

function conversationIdOf(client: ParleyClient): string | undefined {
  return client.getSnapshot().conversations?.find(({ other }) => other.username === OWNER)?.conversationId;
}

async function toEnd(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: /^To the newest|new message/ });
  // Not by the pointer: where that rests on a notice, the notice stays, above the button.
  if (await button.isVisible()) await button.dispatchEvent('click');
}
