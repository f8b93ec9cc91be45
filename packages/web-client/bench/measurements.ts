import type { BrowserContext, Page } from 'playwright-core';
import { until } from '../../../scripts/local-cluster/until.ts';
import { type Bar, quantile } from './bar.ts';
import { CONVERSATION_LINK, MESSAGE, type Stage } from './stage.ts';

const LOADS = 7;
const SENT = 30;
const OPENED = 20;
const LONG_LOADS = 5;
const TABS = 10;
const SLOWDOWN = 4;

/** What in-page.js puts into the page. */
interface InPage {
  fromEventToPaint(type: string, selector: string, text: string): Promise<number>;
  fromNavigationToPaint(selector: string): Promise<number>;
  vitals(): Promise<{ readonly lcpMs: number; readonly cls: number }>;
}
declare const window: { readonly parleyBench: InPage };

/** From the navigation to the list of conversations, signed in, again and again. */
export async function measureLoads(page: Page): Promise<Bar> {
  const loads: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    await page.reload();
    loads.push(await page.evaluate((selector) => window.parleyBench.fromNavigationToPaint(selector), CONVERSATION_LINK));
  }
  return { what: 'navigation to usable, warm server', measured: quantile(loads, 1), most: 1_000, unit: 'ms', note: `worst of ${LOADS}, median ${quantile(loads, 0.5).toFixed(0)}` };
}

/** From Enter to the painted message. */
export async function measureSending(page: Page): Promise<Bar> {
  await open(page, 'person-1');
  const composer = page.getByLabel('Message', { exact: true });
  const waits: number[] = [];
  for (let sent = 0; sent < SENT; sent++) {
    const text = `measured ${sent}.`;
    await composer.fill(text);
    waits.push(await timed(page, 'keydown', MESSAGE, text, () => composer.press('Enter')));
  }
  return { what: 'Enter to the painted message of one’s own', measured: quantile(waits, 0.95), most: 50, unit: 'ms', note: `95th of 100, ${SENT} messages, median ${quantile(waits, 0.5).toFixed(0)}` };
}

/** From the click on a conversation that was not open before to its painted messages. */
export async function measureOpening(page: Page, conversations: number): Promise<Bar> {
  const waits: number[] = [];
  for (let opened = 0; opened < OPENED; opened++) waits.push(await timeOpening(page, `person-${2 + opened}`));
  return { what: `opening a conversation among ${conversations}`, measured: quantile(waits, 0.95), most: 100, unit: 'ms', note: `95th of 100, ${OPENED} conversations, median ${quantile(waits, 0.5).toFixed(0)}` };
}

/** The same of a very long one, after each load of the page anew. */
export async function measureOpeningLong(page: Page, messages: number): Promise<Bar> {
  const waits: number[] = [];
  for (let load = 0; load < LONG_LOADS; load++) {
    await page.goto(new URL('/', page.url()).href);
    await page.reload();
    await page.locator(CONVERSATION_LINK).first().waitFor();
    waits.push(await timeOpening(page, 'person-0'));
  }
  return { what: `opening a conversation of ${messages} messages`, measured: quantile(waits, 1), most: 300, unit: 'ms', note: `worst of ${LONG_LOADS}, median ${quantile(waits, 0.5).toFixed(0)}` };
}

/** With a processor that is four times slower: the first visit, and a later one, signed in. */
export async function measureSlowly(stage: Stage): Promise<readonly Bar[]> {
  const fresh = await stage.openProfile();
  const page = await fresh.newPage();
  await slowDown(page, SLOWDOWN);
  await page.goto(stage.pageUrl);
  await page.getByLabel('Username', { exact: true }).waitFor();
  await page.getByText('3 of 3 servers live').waitFor();
  const first = await vitals(page);
  await fresh.close();

  const context = await stage.openProfile();
  const signedIn = await stage.signIn(context);
  await signedIn.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await slowDown(signedIn, SLOWDOWN);
  await signedIn.reload();
  await signedIn.locator(CONVERSATION_LINK).first().waitFor();
  const later = await vitals(signedIn);
  await open(signedIn, 'person-3');
  await signedIn.getByRole('button', { name: 'Servers', exact: true }).click();
  await signedIn.getByRole('button', { name: 'Add server' }).waitFor();
  const used = await vitals(signedIn);
  await context.close();
  return [
    { what: 'largest paint, first visit', measured: first.lcpMs, most: 1_500, unit: 'ms', note: `processor ${SLOWDOWN} times slower` },
    { what: 'largest paint, cached and signed in', measured: later.lcpMs, most: 800, unit: 'ms', note: `processor ${SLOWDOWN} times slower` },
    { what: 'layout shift', measured: Math.max(first.cls, used.cls), most: 0.05, unit: '', note: 'the larger of the first visit, and of loading, opening a conversation and a panel' },
  ];
}

/** Live streams of a browser with many tabs, as the servers count them. */
export async function measureStreams(stage: Stage, context: BrowserContext): Promise<Bar> {
  const before = context.pages().length;
  while (context.pages().length < TABS) {
    const page = await context.newPage();
    await page.goto(stage.pageUrl);
    await page.locator(CONVERSATION_LINK).first().waitFor();
  }
  let streams = Number.NaN;
  // Servers notice within a moment that a stream has ended.
  await until(async () => (streams = await countStreams(stage)) === 1, { what: 'one stream', timeoutMs: 15_000 }).catch(() => undefined);
  for (const page of context.pages().slice(before)) await page.close();
  return { what: `live streams of ${TABS} tabs`, measured: streams === 0 ? Number.NaN : streams, most: 1, unit: '' };
}

async function countStreams({ cluster }: Stage): Promise<number> {
  const counts = await Promise.all(cluster.replicas.map(async ({ pageUrl }) => {
    const text = await (await fetch(`${pageUrl}/metrics`)).text();
    return Number(/^parley_streams (\d+)$/m.exec(text)?.[1]);
  }));
  return counts.reduce((sum, count) => sum + count, 0);
}

const link = (page: Page, name: string) => page.locator(CONVERSATION_LINK).filter({ has: page.getByText(name, { exact: true }) });

export async function open(page: Page, name: string): Promise<void> {
  await link(page, name).click();
  await page.locator(MESSAGE).filter({ hasText: `of ${name})` }).last().waitFor();
}

export async function timeOpening(page: Page, name: string): Promise<number> {
  const target = link(page, name);
  await target.scrollIntoViewIfNeeded();
  return timed(page, 'click', MESSAGE, `of ${name})`, () => target.click());
}

/** Does something in the page; from the event that it makes to what is painted then. */
export async function timed(page: Page, event: string, selector: string, text: string, act: () => Promise<void>): Promise<number> {
  const measured = page.evaluate(([type, where, what]) => window.parleyBench.fromEventToPaint(type, where, what), [event, selector, text] as const);
  await act();
  return measured;
}

function vitals(page: Page): Promise<{ readonly lcpMs: number; readonly cls: number }> {
  return page.evaluate(() => window.parleyBench.vitals());
}

async function slowDown(page: Page, times: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: times });
}
