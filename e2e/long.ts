import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { fillCluster } from '../scripts/local-cluster/filled.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { fillChats } from '../packages/server/test/fill-chats.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

const MESSAGES = 3_000;
/** More than are loaded here. */
const ALL_PAGES = 1_000;
const MOST_MOVED_PX = 1;
/** A screen of one-line messages and what is near it; the conversation has many times more. */
const MOST_IN_PAGE = 600;
const MINUTE_MS = 60_000;
const WAIT_MS = 10_000;
/** Messages sent from the loaded conversation; the newest before them has to stay in the view at its end. */
const SENT = 5;
/** `npm run bench:page` measures this, with far more messages and a far lower bar; machines that play this are busy. */
const MOST_TO_PAINT_MS = 250;
const PHONE = { width: 360, height: 740 };

/** What scroll-back.js puts into the page. */
interface ScrolledBack {
  readonly loaded: number;
  readonly movedPx: number;
  readonly messagesInPage: number;
}
/** What the measurements of the page put into it. */
interface InPage {
  fromEventToPaint(type: string, selector: string, text: string): Promise<number>;
}
declare const window: { parleyScrollBack(pages: number): Promise<ScrolledBack>; readonly parleyBench: InPage };
const IN_PAGE = join(import.meta.dirname, '..', 'packages', 'web-client', 'bench', 'in-page.js');

/** A conversation that is read from its end to its beginning: nothing moves by itself, and only what is near the view is in the page. Then an answer to its first message, and the way back to it. */
export async function playLong({ cluster, browser, people, say }: Stage): Promise<void> {
  say(`three servers with a conversation of ${MESSAGES} messages`);
  const messages = Array.from({ length: MESSAGES }, (_, n) => ({ from: n % 3 === 0 ? 'alice' : 'bob', text: textOf(n), sentAtMs: Date.now() - (MESSAGES - n) * MINUTE_MS }));
  await fillCluster(cluster, (store) => fillChats(store, Person.password, ['alice', 'bob'], [{ between: ['alice', 'bob'], messages }]));
  await cluster.start();
  const [first] = cluster.replicas;
  if (!first) throw new Error('there is no server');
  const alice = await Person.open(browser, 'alice', first.pageUrl);
  people.push(alice);
  const { page } = alice;
  await alice.signIn();
  await alice.openConversation('bob');
  await message(page, MESSAGES - 1).waitFor();

  say('it is read up to its first message: nothing moves by itself');
  await page.evaluate(readFileSync(join(import.meta.dirname, 'scroll-back.js'), 'utf8'));
  const { loaded, movedPx, messagesInPage } = await page.evaluate((pages) => window.parleyScrollBack(pages), ALL_PAGES);
  say(`${loaded} pages, moved by ${movedPx.toFixed(2)} px, ${messagesInPage} messages in the page`);
  if (movedPx > MOST_MOVED_PX) throw new Error(`what was read moved by ${movedPx} px`);
  if (messagesInPage > MOST_IN_PAGE) throw new Error(`${messagesInPage} messages are in the page at once`);

  say('with all of it loaded, what one writes is there at once');
  await page.evaluate(readFileSync(IN_PAGE, 'utf8'));
  const waits: number[] = [];
  for (let n = 0; n < SENT; n++) waits.push(await enterToPaint(page, `written at the end, ${n}.`));
  const median = waits.toSorted((a, b) => a - b)[SENT >> 1] ?? Number.NaN;
  say(`from Enter to the painted message: median ${median.toFixed(0)} ms of ${SENT}`);
  if (!(median <= MOST_TO_PAINT_MS)) throw new Error(`what one writes is painted after ${median} ms`);

  say('its first message is answered, and the quote leads from the end back to it');
  await page.getByRole('log').evaluate((log) => (log.scrollTop = 0));
  await message(page, 0).hover();
  await message(page, 0).getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Reply' }).click();
  await alice.send('so that is how it began');
  const answer = page.locator('li[data-message-id]', { hasText: 'so that is how it began' });
  // The place that Tab leads to stays in the page; this one now, no longer that at the beginning.
  await answer.getByRole('button', { name: 'Actions' }).focus();
  await until(async () => (await message(page, 0).count()) === 0, { what: 'the beginning is no longer in the page', timeoutMs: WAIT_MS });
  await answer.getByRole('button', { name: 'Answer to you' }).click();
  await until(() => isSeen(page, 0), { what: 'the first message is seen', timeoutMs: WAIT_MS });
  await page.locator('.message-found', { hasText: textOf(0) }).waitFor();
  await page.getByRole('button', { name: 'To the newest' }).click();
  await until(() => isSeen(page, MESSAGES - 1), { what: 'the end is seen', timeoutMs: WAIT_MS });

  say('on a phone a finger that is held on a message opens its actions');
  const touch = await page.context().newCDPSession(page);
  await page.setViewportSize(PHONE);
  await touch.send('Emulation.setTouchEmulationEnabled', { enabled: true });
  const box = await answer.locator('.message-text').boundingBox();
  if (!box) throw new Error('the answer is not in the page');
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: box.x + 5, y: box.y + 5 }] });
  await page.getByRole('menuitem', { name: 'Copy text' }).waitFor();
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await page.getByRole('menuitem', { name: 'Copy text' }).click();
  await page.getByText('Copied').waitFor();
  alice.assertNoProblems();
}

/** Milliseconds. */
async function enterToPaint(page: Page, text: string): Promise<number> {
  const composer = page.getByLabel('Message', { exact: true });
  await composer.fill(text);
  const measured = page.evaluate((words) => window.parleyBench.fromEventToPaint('keydown', '[data-message-id]', words), text);
  await composer.press('Enter');
  return measured;
}

/** Of one to three lines. */
const textOf = (n: number): string => `${'a line of some words that is followed by another\n'.repeat(n % 3)}this is number ${n}.`;

/** The message itself, not one that quotes it. */
const message = (page: Page, n: number) => page.locator('li[data-message-id]').filter({ has: page.locator('.message-text', { hasText: `number ${n}.` }) });

/** Whether a message is in the view, wholly. */
function isSeen(page: Page, n: number): Promise<boolean> {
  return page.evaluate((words) => {
    const view = document.querySelector('.log')?.getBoundingClientRect();
    const box = [...document.querySelectorAll('.message-text')].find((item) => item.textContent.includes(words))?.getBoundingClientRect();
    return view !== undefined && box !== undefined && box.top >= view.top && box.bottom <= view.bottom;
  }, `number ${n}.`);
}
