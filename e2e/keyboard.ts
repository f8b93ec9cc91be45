import type { Page } from 'playwright-core';
import { until } from '../scripts/local-cluster/until.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

/** More than there are places on a screen where Tab stops. */
const MOST_TABS = 60;
const WAIT_MS = 10_000;

/** The whole journey without a pointer: everything is reached, the focus goes into what opens and back to what opened it; and what a screen reader is told. */
export async function playKeyboard({ cluster, browser, people, say }: Stage): Promise<void> {
  await cluster.start();
  const [first] = cluster.replicas;
  if (!first) throw new Error('there is no server');
  const bob = await Person.open(browser, 'bob', first.pageUrl);
  const alice = await Person.open(browser, 'alice', first.pageUrl);
  people.push(bob, alice);
  await bob.createAccount();
  const { page } = alice;
  const { keyboard } = page;

  say('an account is created: the first field has the focus');
  await focusIs(page, 'Username');
  await keyboard.type('alice');
  await tabTo(page, 'Password');
  await keyboard.type('correct horse battery');
  await tabTo(page, 'Create account');
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();

  say('the list is skipped');
  await tabTo(page, 'Skip the list');
  await keyboard.press('Enter');
  await tabTo(page, 'Recipient and text', 1);

  say('Ctrl-K writes to somebody: the dialog keeps the focus, Escape gives it back');
  await keyboard.press('Control+k');
  await focusIs(page, 'Name, or name and text');
  for (let tabs = 0; tabs < 8; tabs++) {
    await keyboard.press('Tab');
    if (await page.evaluate(() => document.getElementById('page')?.contains(document.activeElement))) throw new Error('Tab left the dialog');
  }
  await keyboard.press('Escape');
  await focusIs(page, 'Recipient and text');
  await keyboard.press('Control+k');
  await keyboard.type('bob: hello bob');
  await keyboard.press('Enter');
  await focusIs(page, 'Message');
  await keyboard.type('a second line');
  await keyboard.press('Shift+Enter');
  await keyboard.type('and a third');
  await keyboard.press('Enter');
  await alice.sees(['hello bob', 'a second line\nand a third']);

  say('what comes is spoken once, and the conversation itself is silent');
  const log = page.getByRole('log');
  if ((await log.getAttribute('aria-live')) !== 'off') throw new Error('a screen reader would read the whole conversation');
  await bob.openConversation('alice');
  await bob.send('hello alice');
  await page.getByRole('status').filter({ hasText: 'bob: hello alice' }).waitFor({ state: 'attached' });

  say('a message’s actions: opened, left, used');
  await shiftTabTo(page, 'Actions');
  await keyboard.press('Enter');
  await until(() => page.evaluate(() => document.activeElement?.getAttribute('role') === 'menuitem'), { what: 'the menu has the focus', timeoutMs: WAIT_MS });
  await keyboard.press('Escape');
  await focusIs(page, 'Actions');
  await keyboard.press('ArrowLeft');
  await focusIs(page, 'Copy text');
  await keyboard.press('ArrowRight');
  await focusIs(page, 'Actions');

  say('panels and dialogs give the focus back to what opened them');
  for (const [panel, dialogs] of [['Servers', []], ['Settings', ['Change password', 'Delete account']]] as const) {
    await shiftTabTo(page, panel);
    await keyboard.press('Enter');
    await focusIs(page, panel, 'H2');
    for (const dialog of dialogs) {
      await tabTo(page, dialog);
      await keyboard.press('Enter');
      await page.getByRole('dialog', { name: dialog }).waitFor();
      await keyboard.press('Escape');
      await focusIs(page, dialog);
    }
    await keyboard.press('Escape');
    await focusIs(page, panel, 'BUTTON');
  }

  say('signing out leads to the first field again');
  await tabTo(page, 'Sign out');
  await keyboard.press('Enter');
  await focusIs(page, 'Username');
  alice.assertNoProblems();
}

/** What has the focus: its name for screen readers, and its kind. */
function focused(page: Page): Promise<{ readonly name: string; readonly kind: string }> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element.labels?.[0] : undefined;
    return { name: (element?.getAttribute('aria-label') ?? (label ?? element)?.textContent ?? '').trim(), kind: element?.tagName ?? '' };
  });
}

async function focusIs(page: Page, name: string, kind?: string): Promise<void> {
  let now = { name: '', kind: '' };
  await until(
    async () => {
      now = await focused(page);
      return now.name === name && (kind === undefined || now.kind === kind);
    },
    { what: `the focus is on ${name}`, timeoutMs: WAIT_MS },
  ).catch((error: unknown) => {
    throw new Error(`the focus is on ${now.kind} “${now.name.slice(0, 60)}”, not on “${name}”`, { cause: error });
  });
}

const tabTo = (page: Page, name: string, most = MOST_TABS): Promise<void> => pressUntil(page, 'Tab', name, most);
const shiftTabTo = (page: Page, name: string): Promise<void> => pressUntil(page, 'Shift+Tab', name, MOST_TABS);

async function pressUntil(page: Page, key: string, name: string, most: number): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press(key);
    const now = await focused(page);
    if (now.name === name && now.kind !== 'BODY') return;
    passed.push(now.name.slice(0, 30));
  }
  throw new Error(`${key} does not lead to “${name}” but over: ${passed.join(', ')}`);
}
