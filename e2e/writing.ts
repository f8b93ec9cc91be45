import type { Page } from 'playwright-core';
import { startReplica, waitUntilReady } from '../scripts/local-cluster/local-cluster.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

const WAIT_MS = 10_000;
/** In which all tabs show that a conversation is read. */
const READ_EVERYWHERE_MS = 500;
const PHONE = { width: 360, height: 740 };

/** The list, the composer and the switcher, as people use them: drafts over reloads and tabs, changing the last message, a phone's one pane at a time. */
export async function playWriting({ cluster, browser, people, say }: Stage): Promise<void> {
  await cluster.start();
  const [first] = cluster.replicas;
  if (!first) throw new Error('there is no server');
  const bob = await Person.open(browser, 'bob', first.pageUrl);
  const carol = await Person.open(browser, 'carol', first.pageUrl);
  const alice = await Person.open(browser, 'alice', first.pageUrl);
  people.push(bob, carol, alice);
  await Promise.all([bob, carol, alice].map((person) => person.createAccount()));
  const { page } = alice;
  const box = page.getByLabel('Message', { exact: true });

  say('the switcher sends at once; a part of a name leads to a conversation; an open conversation never re-routes on a colon');
  await alice.quickSend('carol: hello carol');
  await alice.quickSend('bob: hello bob');
  await alice.send('carol: this is for bob');
  await alice.sees(['hello bob', 'carol: this is for bob']);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('aro');
  await page.getByRole('option', { name: 'carol', selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await alice.sees(['hello carol']);

  say('the search narrows the list, and says where nobody is found');
  const search = page.getByRole('searchbox', { name: 'Search' });
  await search.fill('aro');
  await rowOf(page, 'bob').waitFor({ state: 'detached' });
  await rowOf(page, 'carol').waitFor();
  await search.fill('zzz');
  await page.getByText('Nobody is called “zzz”.').waitFor();
  await search.press('Escape');
  await rowOf(page, 'bob').waitFor();

  say('a draft is kept over a reload, shows in the list and in other tabs, and goes when it is sent');
  await box.fill('a thought for carol');
  await page.reload();
  await until(async () => (await box.inputValue()) === 'a thought for carol', { what: 'the draft is back', timeoutMs: WAIT_MS });
  const tab = await alice.openTab();
  people.push(tab);
  await alice.openConversation('bob');
  await rowOf(page, 'carol').getByText('Draft: ').waitFor();
  await box.fill('and one for bob');
  await rowOf(tab.page, 'bob').getByText('and one for bob').waitFor();
  await box.press('Enter');
  await rowOf(tab.page, 'bob').getByText('You: and one for bob').waitFor();
  if ((await box.inputValue()) !== '') throw new Error('the composer still has what was sent');

  say('Shift+Enter breaks the line; arrow up changes the last message, Escape leaves it');
  await box.press('ArrowUp');
  await page.getByText('Changing your message').waitFor();
  await box.press('Escape');
  await box.press('ArrowUp');
  await box.press('Shift+Enter');
  await page.keyboard.type('in two lines');
  await box.press('Enter');
  await alice.sees(['hello bob', 'carol: this is for bob', 'and one for bob\nin two lines']);
  await bob.openConversation('alice');
  await bob.sees(['hello bob', 'carol: this is for bob', 'and one for bob\nin two lines']);

  say('what is read in one tab is read in all');
  await alice.openConversation('carol');
  await tab.openConversation('carol');
  await tab.page.bringToFront();
  await bob.send('news');
  await Promise.all([page, tab.page].map((one) => rowOf(one, 'bob').getByText('1 unread').waitFor({ state: 'attached' })));
  for (const one of [page, tab.page]) await until(async () => (await one.title()) === '(1) Parley', { what: 'the title counts what is unread', timeoutMs: WAIT_MS });
  await tab.openConversation('bob');
  await rowOf(tab.page, 'bob').getByText('1 unread').waitFor({ state: 'detached' });
  await rowOf(page, 'bob').getByText('1 unread').waitFor({ state: 'detached', timeout: READ_EVERYWHERE_MS });
  await tab.closeTab();
  people.pop();
  await page.bringToFront();

  say('without a server a message waits in the list, and is sent when servers are back');
  await Promise.all(cluster.replicas.map(({ server }) => server.kill()));
  await alice.send('while nobody was there');
  await rowOf(page, 'carol').locator('.item-preview svg').waitFor();
  for (const replica of cluster.replicas) startReplica(replica);
  await Promise.all(cluster.replicas.map((replica) => waitUntilReady(replica)));
  await rowOf(page, 'carol').locator('.item-preview svg').waitFor({ state: 'detached' });
  await carol.openConversation('alice');
  await carol.sees(['hello carol', 'while nobody was there']);

  say('on a phone one pane at a time: the list, a conversation, its details, and back');
  await page.setViewportSize(PHONE);
  await page.getByTitle('Details').click();
  await page.getByRole('heading', { name: 'Details', exact: true }).waitFor();
  if (await box.isVisible()) throw new Error('the conversation is beside its details on a phone');
  await page.getByRole('button', { name: 'Back' }).click();
  await box.waitFor();
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByRole('searchbox', { name: 'Search' }).waitFor();
  if (await box.isVisible()) throw new Error('the conversation is beside the list on a phone');
  for (const person of people) person.assertNoProblems();
}

/** A conversation's row in the list, which is there even where it is not shown. */
const rowOf = (page: Page, name: string) => page.locator('.sidebar a').filter({ has: page.locator('.item-name', { hasText: new RegExp(`^${name}$`) }) });
