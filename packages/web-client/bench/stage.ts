import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findChromium, launchChromium } from '../../../e2e/browser.ts';
import { fillCluster } from '../../../scripts/local-cluster/filled.ts';
import { createLocalCluster, type LocalCluster } from '../../../scripts/local-cluster/local-cluster.ts';
import { freePorts } from '../../../scripts/local-cluster/ports.ts';
import { fillChats } from '../../server/test/fill-chats.ts';
import { chatsIn, type Inbox, OWNER, usernamesIn } from './inbox.ts';

const REPLICAS = 3;
const FIRST_PORT = Number(process.env['PARLEY_BENCH_FIRST_PORT'] ?? 20_000 + Math.floor(Math.random() * 10_000));
const IN_PAGE = join(import.meta.dirname, 'in-page.js');
/** Of every account of the inbox. */
export const PASSWORD = 'correct horse battery';

/** What is measured: real servers with a filled inbox, and a real browser. */
export class Stage {
  readonly cluster: LocalCluster;
  readonly browser: Browser;
  readonly #dir: string;

  private constructor(cluster: LocalCluster, browser: Browser, dir: string) {
    this.cluster = cluster;
    this.browser = browser;
    this.#dir = dir;
  }

  /** Fills the first replica's database before it starts; the others copy it. */
  static async set(inbox: Inbox): Promise<Stage> {
    const chromium = findChromium();
    if (chromium === undefined) throw new Error('there is no Chromium here: install it, or name its path in PARLEY_CHROMIUM');
    const dir = mkdtempSync(join(tmpdir(), 'parley-page-'));
    process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
    const ports = await freePorts(3 * REPLICAS, FIRST_PORT);
    const cluster = createLocalCluster({
      dir,
      ports: Array.from({ length: REPLICAS }, (_, i) => ({ grpc: ports[3 * i] ?? 0, page: ports[3 * i + 1] ?? 0, http: ports[3 * i + 2] ?? 0 })),
      envoy: undefined,
      restart: false,
      print: () => undefined,
    });
    await fillCluster(cluster, (store) => fillChats(store, PASSWORD, usernamesIn(inbox), chatsIn(inbox)));
    await cluster.start();
    return new Stage(cluster, await launchChromium(chromium), dir);
  }

  get pageUrl(): string {
    return this.cluster.replicas[0]?.pageUrl ?? '';
  }

  /** A browser profile of its own, without anything cached. */
  async openProfile(): Promise<BrowserContext> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    await context.addInitScript({ path: IN_PAGE });
    return context;
  }

  /** Signs in with the filled account; resolves when its list is shown. */
  async signIn(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(this.pageUrl);
    await page.getByLabel('Username', { exact: true }).fill(OWNER);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator(CONVERSATION_LINK).first().waitFor();
    return page;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.cluster.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** What the list of conversations consists of. */
export const CONVERSATION_LINK = 'nav a[href*="conversation="]';
/** What a conversation consists of. */
export const MESSAGE = '[data-message-id]';
