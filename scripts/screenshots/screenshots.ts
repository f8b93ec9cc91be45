/**
 * `npm run screenshots`: pictures of the page's main states for the documentation, in docs/screenshots: a real cluster with a sample chat, two of
 * whose three servers are killed on the way.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { findChromium, launchChromium } from '../../e2e/browser.ts';
import { fillChats } from '../../packages/server/test/fill-chats.ts';
import { fillCluster } from '../local-cluster/filled.ts';
import { createLocalCluster, type LocalCluster, startReplica, waitUntilReady } from '../local-cluster/local-cluster.ts';
import { freePorts } from '../local-cluster/ports.ts';
import { COLLEAGUE, PASSWORD, sampleChats, USERNAMES, VIEWER } from './sample-chat.ts';

const OUT = join(import.meta.dirname, '..', '..', 'docs', 'screenshots');
const FIRST_PORT = Number(process.env['PARLEY_SCREENSHOTS_FIRST_PORT'] ?? 20_000 + Math.floor(Math.random() * 10_000));
/** Larger ones make the repository heavy. */
const MOST_BYTES = 150_000;

const WIDE = { viewport: { width: 1200, height: 720 } };
const PHONE = { viewport: { width: 360, height: 720 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

// The servers end with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const chromium = findChromium();
if (chromium === undefined) throw new Error('there is no Chromium here: install it, or name its path in PARLEY_CHROMIUM');
const dir = mkdtempSync(join(tmpdir(), 'parley-screenshots-'));
const ports = await freePorts(9, FIRST_PORT);
const cluster = createLocalCluster({
  dir,
  ports: [0, 3, 6].map((i) => ({ grpc: ports[i] ?? 0, page: ports[i + 1] ?? 0, http: ports[i + 2] ?? 0 })),
  envoy: undefined,
  restart: false,
  print: () => undefined,
});
mkdirSync(OUT, { recursive: true });
const browser = await launchChromium(chromium);
try {
  await fillCluster(cluster, (store) => fillChats(store, PASSWORD, USERNAMES, sampleChats(Date.now())));
  await cluster.start();
  await takeAll(browser, cluster);
} finally {
  await browser.close();
  await cluster.close();
  rmSync(dir, { recursive: true, force: true });
}

async function takeAll(chrome: Browser, { replicas }: LocalCluster): Promise<void> {
  const url = replicas[0]?.pageUrl ?? '';
  const welcome = await open(chrome, url, WIDE);
  await welcome.getByText('3 of 3 servers live').waitFor();
  await take(welcome, 'welcome');

  const phone = await signedIn(chrome, url, { ...PHONE, colorScheme: 'light' });
  await phone.mouse.move(0, 0);
  await take(phone, 'phone-list');
  await openChat(phone);
  await take(phone, 'phone');
  await phone.context().close();

  const page = await signedIn(chrome, url, WIDE);
  await openChat(page);
  await page.getByText('It is the sensor.').hover();
  await take(page, 'chat');
  await page.mouse.move(0, 0);
  await page.emulateMedia({ colorScheme: 'dark' });
  await take(page, 'dark');
  await page.emulateMedia({ colorScheme: 'light' });

  await page.getByRole('button', { name: 'Servers', exact: true }).click();
  const used = await page.locator('li[aria-current=true] strong').innerText();
  const [gone, second, left] = [replicas.find(({ name }) => name === used), ...replicas.filter(({ name }) => name !== used)];
  if (!gone || !second || !left) throw new Error(`the page uses ${used}, which is none of three servers`);
  await gone.server.kill();
  await page.getByText(`${gone.name} stopped answering`).waitFor();
  await page.locator('.server', { hasText: gone.name }).getByText('Dead').waitFor();
  await take(page, 'servers');

  await second.server.kill();
  await page.locator('.server', { hasText: second.name }).getByText('Dead').waitFor();
  const composer = page.getByLabel('Message', { exact: true });
  await composer.fill('Two of three servers are off, and we are still talking.');
  await composer.press('Enter');
  await page.getByText('Stored on 1 of 3 servers').first().waitFor();
  await take(page, 'kill');

  for (const replica of [gone, second]) startReplica(replica);
  await Promise.all([gone, second].map((replica) => waitUntilReady(replica)));
}

async function open(chrome: Browser, url: string, options: BrowserContextOptions): Promise<Page> {
  const context = await chrome.newContext({ locale: 'en-GB', timezoneId: 'UTC', colorScheme: 'light', ...options });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function signedIn(chrome: Browser, url: string, options: BrowserContextOptions): Promise<Page> {
  const page = await open(chrome, url, options);
  await page.getByLabel('Username', { exact: true }).fill(VIEWER);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation').getByRole('link').filter({ hasText: COLLEAGUE }).waitFor();
  return page;
}

async function openChat(page: Page): Promise<void> {
  await page.getByRole('navigation').getByRole('link').filter({ hasText: COLLEAGUE }).click();
  await page.getByText('They start the generator test now.').last().waitFor();
  await page.mouse.move(0, 0);
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(OUT, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  const { size } = statSync(path);
  console.log(`docs/screenshots/${name}.png: ${Math.round(size / 1_000)} kB`);
  if (size > MOST_BYTES) throw new Error(`${name}.png has ${size} bytes, more than ${MOST_BYTES}: show less`);
}
