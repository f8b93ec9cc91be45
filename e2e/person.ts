import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { until } from '../scripts/local-cluster/until.ts';

/** Long enough for a failover on a slow machine; a step that takes longer has failed. */
const STEP_TIMEOUT_MS = 30_000;

export interface ShownMessage {
  readonly id: string;
  readonly text: string;
}

/** Somebody with a browser profile of their own, who does what people do: reads, clicks, types. */
export class Person {
  /** Everybody's. */
  static readonly password = 'correct horse battery';
  readonly name: string;
  readonly #page: Page;
  readonly #problems: string[] = [];
  #chatCalls = 0;

  private constructor(name: string, page: Page) {
    this.name = name;
    this.#page = page;
    page.setDefaultTimeout(STEP_TIMEOUT_MS);
    page.on('request', (request) => {
      if (request.url().includes('/parley.chat.')) this.#chatCalls += 1;
    });
    page.on('pageerror', (error) => this.#problems.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) this.#problems.push(message.text());
    });
  }

  /** What the browser shows them, for what only one test does. */
  get page(): Page {
    return this.#page;
  }

  /** Opens the page in a fresh profile. `lacking`: what its browser does not have, such as `SharedWorker` or `Navigator.prototype.locks`. */
  static async open(browser: Browser, name: string, url: string, lacking: readonly string[] = []): Promise<Person> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    if (lacking.length > 0) await context.addInitScript(lacking.map((what) => `delete globalThis.${what};`).join('\n'));
    const person = new Person(name, await context.newPage());
    await person.#page.goto(url);
    return person;
  }

  /** Lets this browser's pages, not its workers, reach nothing but `urls`; undefined: all again. */
  async reachOnly(urls: readonly string[] | undefined): Promise<void> {
    const context = this.#page.context();
    await context.unrouteAll({ behavior: 'ignoreErrors' });
    const origins = new Set(urls?.map((url) => new URL(url).origin));
    if (urls) await context.route((url) => !origins.has(url.origin), (route) => route.abort('connectionrefused'));
  }

  /** The same profile's next tab, at the same address. */
  async openTab(): Promise<Person> {
    const page = await this.#page.context().newPage();
    const tab = new Person(this.name, page);
    await page.goto(this.#page.url());
    return tab;
  }

  /** Closes this tab alone, as a person does. */
  async closeTab(): Promise<void> {
    await this.#page.close();
  }

  /** Whether this tab has talked to servers itself; else an engine elsewhere does it. */
  get hasCalledServers(): boolean {
    return this.#chatCalls > 0;
  }

  /** Whether the browser's outbox holds a message of this text. */
  hasStored(text: string): Promise<boolean> {
    return this.#page.evaluate(
      (wanted) => new Promise<boolean>((resolve, reject) => {
        const opening = indexedDB.open('parley');
        opening.onerror = () => reject(new Error(String(opening.error)));
        opening.onsuccess = () => {
          const reading: IDBRequest<unknown[]> = opening.result.transaction('values').objectStore('values').getAll();
          reading.onerror = () => reject(new Error(String(reading.error)));
          reading.onsuccess = () => {
            opening.result.close();
            resolve(reading.result.some((value) => typeof value === 'string' && value.includes(JSON.stringify(wanted))));
          };
        };
      }),
      text,
    );
  }

  async signOut(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Sign out' }).click();
  }

  /** Waits until nobody is signed in here. */
  async isSignedOut(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  }

  async goTo(url: string): Promise<void> {
    await this.#page.goto(url);
  }

  createAccount(): Promise<void> {
    return this.#enter('Create account');
  }

  signIn(): Promise<void> {
    return this.#enter('Sign in');
  }

  /** Waits until `name` is in the list of people, and opens the conversation with them. */
  async openConversation(name: string): Promise<void> {
    await this.#page.getByRole('navigation').getByRole('link').filter({ hasText: name }).click();
    await this.#page.getByLabel('Message', { exact: true }).waitFor();
  }

  /** `bob: hello` in the switcher. */
  async quickSend(line: string): Promise<void> {
    await this.#page.getByRole('button', { name: 'New message' }).click();
    const box = this.#page.getByRole('dialog').getByRole('combobox');
    await box.fill(line);
    await box.press('Enter');
    await this.#page.getByLabel('Message', { exact: true }).waitFor();
  }

  async send(text: string): Promise<void> {
    const composer = this.#page.getByLabel('Message', { exact: true });
    await composer.fill(text);
    await composer.press('Enter');
  }

  /** The message of just this text. */
  message(text: string): Locator {
    return this.#page.locator('li[data-message-id]').filter({ has: this.#page.locator('.message-text').getByText(text, { exact: true }) });
  }

  /** Chooses from the menu of the message of just this text. */
  async choose(text: string, item: string): Promise<void> {
    const message = this.message(text);
    await message.hover();
    await message.getByRole('button', { name: 'Actions' }).click();
    await this.#page.getByRole('menuitem', { name: item }).click();
  }

  /** In the order in which they are shown. */
  messages(): Promise<ShownMessage[]> {
    return this.#page.locator('li[data-message-id]').evaluateAll((items) =>
      items.map((item) => ({ id: item.getAttribute('data-message-id') ?? '', text: item.querySelector('.message-text')?.textContent ?? '' })),
    );
  }

  /** Waits until exactly these texts are shown, in any order. */
  async sees(texts: readonly string[]): Promise<void> {
    const wanted = [...texts].sort().join('\n');
    let shown: ShownMessage[] = [];
    await until(
      async () => {
        shown = await this.messages();
        return shown.map(({ text }) => text).sort().join('\n') === wanted;
      },
      { what: `${this.name} sees ${texts.length} messages`, timeoutMs: STEP_TIMEOUT_MS },
    ).catch((error: unknown) => {
      const has = shown.map(({ text }) => text);
      const missing = texts.filter((text) => !has.includes(text));
      const extra = has.filter((text, index) => !texts.includes(text) || has.indexOf(text) !== index);
      throw new Error(`${this.name} lacks [${missing.join(', ')}] and has [${extra.join(', ')}] too much`, { cause: error });
    });
  }

  /** Name of the server that this page uses now; empty while it looks for one. */
  async serverInUse(): Promise<string> {
    const names = (await this.#servers()).locator('li[aria-current=true] strong');
    return (await names.allInnerTexts()).join();
  }

  /** Waits until the Servers panel shows that server in that state. */
  async seesServer(name: string, state: 'Live' | 'Dead'): Promise<void> {
    const row = (await this.#servers()).getByRole('listitem').filter({ has: this.#page.getByText(name, { exact: true }) });
    await row.filter({ has: this.#page.getByText(state, { exact: true }) }).first().waitFor();
  }

  /** Throws when something went wrong that a person need not see: an uncaught error, a breach of the page's security policy. */
  assertNoProblems(): void {
    if (this.#problems.length > 0) throw new Error(`${this.name}'s page: ${this.#problems.join('; ')}`);
  }

  /** Marks the page as it is loaded now; `assertUndisturbed` then proves that it was neither reloaded nor signed out since. */
  async mark(): Promise<void> {
    await this.#page.evaluate(() => document.documentElement.setAttribute('data-marked', ''));
  }

  async assertUndisturbed(): Promise<void> {
    const marked = await this.#page.evaluate(() => document.documentElement.hasAttribute('data-marked'));
    if (!marked) throw new Error(`${this.name}'s page was loaded again`);
    if (!(await this.#page.getByRole('button', { name: 'Sign out' }).isVisible())) throw new Error(`${this.name} was signed out`);
  }

  /** Resolves to the picture's path; `prefix` tells people of one name apart. */
  async screenshot(dir: string, prefix: string): Promise<string> {
    const path = join(dir, `${prefix}-${this.name}.png`);
    await this.#page.screenshot({ path });
    return path;
  }

  async close(): Promise<void> {
    await this.#page.context().close();
  }

  /** The Servers panel, opened if it is not. */
  async #servers(): Promise<Locator> {
    const panel = this.#page.getByLabel('Servers', { exact: true });
    if (!(await panel.isVisible())) await this.#page.getByRole('button', { name: 'Servers', exact: true }).click();
    await panel.waitFor();
    return panel;
  }

  async #enter(how: 'Create account' | 'Sign in'): Promise<void> {
    await this.#page.getByLabel('Username', { exact: true }).fill(this.name);
    await this.#page.getByLabel('Password', { exact: true }).fill(Person.password);
    await this.#page.getByRole('button', { name: how, exact: true }).click();
    await this.#page.getByRole('button', { name: 'Sign out' }).waitFor();
  }
}
