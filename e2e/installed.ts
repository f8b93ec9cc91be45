import type { Page } from 'playwright-core';
import { startReplica } from '../scripts/local-cluster/local-cluster.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { ChangingPage, NEXT_WORDS } from './changing-page.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

const WAIT_MS = 20_000;

/** The page as an app that is installed: it opens without the server of its address, tells of messages while nobody sees it, and is renewed. */
export async function playInstalled({ cluster, fourth, browser, people, say }: Stage): Promise<void> {
  await cluster.start();
  const [first, second] = cluster.replicas;
  if (!first || !second) throw new Error('the app needs two servers');
  const bob = await Person.open(browser, 'bob', second.pageUrl);
  const alice = await Person.open(browser, 'alice', first.pageUrl);
  people.push(bob, alice);
  await Promise.all([bob.createAccount(), alice.createAccount()]);

  say('the browser would install it');
  await isKept(alice.page);
  await assertInstallable(alice.page);

  say('a message comes while no tab is seen: one notification for two tabs, and a count');
  await alice.page.context().grantPermissions(['notifications'], { origin: first.pageUrl });
  await alice.page.getByRole('button', { name: 'Settings' }).click();
  await alice.page.getByRole('button', { name: 'Turn on' }).click();
  await alice.page.getByText('On for this browser').waitFor();
  await alice.page.keyboard.press('Escape');
  const otherTab = await alice.openTab();
  await bob.quickSend('alice: seen at once');
  await alice.page.getByText('seen at once').first().waitFor();
  if ((await notifications(alice.page)).length > 0) throw new Error('it was notified although a tab can be seen');
  for (const { page } of [alice, otherTab]) await hide(page);
  await bob.send('are you there?');
  await until(async () => (await notifications(alice.page)).length > 0, { what: 'a notification', timeoutMs: WAIT_MS });
  const told = (await notifications(alice.page)).join();
  if (told !== 'bob: are you there?') throw new Error(`the notifications are ${told}`);
  if ((await alice.page.title()) !== '(2) Parley') throw new Error(`the title is ${await alice.page.title()}`);
  if (!(await alice.page.locator('link[rel=icon]').getAttribute('href'))?.includes('unread')) throw new Error('the icon does not show that something is unread');
  await otherTab.closeTab();

  say('the server of its address is killed: the page opens all the same, and another server serves it');
  await first.server.kill();
  await alice.page.reload();
  await alice.page.getByRole('button', { name: 'Sign out' }).waitFor();
  await alice.openConversation('bob');
  await alice.sees(['seen at once', 'are you there?']);
  await alice.send('still here');
  await bob.sees(['seen at once', 'are you there?', 'still here']);
  const used = await alice.serverInUse();
  if (used === first.name) throw new Error('the page says that a dead server serves it');

  say('a new version: told to who has the page open, used from the next load on');
  const changing = await ChangingPage.start(second.pageUrl, fourth.page);
  try {
    const carol = await Person.open(browser, 'carol', changing.url);
    people.push(carol);
    await carol.createAccount();
    await isKept(carol.page);
    changing.isNext = true;
    await carol.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
    const notice = carol.page.getByRole('region', { name: 'A newer version' });
    await notice.waitFor();
    if ((await wordsOf(carol.page)) === NEXT_WORDS) throw new Error('an open page changed by itself');
    await notice.getByRole('button', { name: 'Reload' }).click();
    await until(async () => (await wordsOf(carol.page).catch(() => '')) === NEXT_WORDS, { what: 'the next version is loaded', timeoutMs: WAIT_MS });
    await carol.page.getByRole('button', { name: 'Sign out' }).waitFor();
    if (await notice.isVisible()) throw new Error('the newest version says that there is a newer one');
    carol.assertNoProblems();
  } finally {
    await changing.close();
  }

  say('all servers are killed: the page opens, says so once, and goes on by itself when one is back');
  await Promise.all(cluster.replicas.map(({ server }) => server.kill()));
  await alice.page.reload();
  await alice.page.getByText("Can't reach any server.").waitFor();
  await alice.page.getByText('No server answers, so your conversations are not here yet.').waitFor();
  if ((await alice.page.getByText('could not be loaded').count()) > 0) throw new Error('it is said twice that no server answers');
  startReplica(second);
  await alice.sees(['seen at once', 'are you there?', 'still here']);
  for (const person of [alice, bob]) person.assertNoProblems();
}

/** Waits until the browser has kept the page's files. */
async function isKept(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  });
}

async function assertInstallable(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { errors, data } = await session.send('Page.getAppManifest');
  if (errors.length > 0 || data === undefined) throw new Error(`the manifest is wrong: ${errors.map(({ message }) => message).join('; ')}`);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A fresh profile is what browsers call incognito, where nothing is installed.
  const real = installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito');
  if (real.length > 0) throw new Error(`the browser would not install it: ${real.map(({ errorId }) => errorId).join(', ')}`);
  await session.detach();
}

/** A browser without a window calls every tab visible. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}

function notifications(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ title, body }) => `${title}: ${body}`);
  });
}

function wordsOf(page: Page): Promise<string | null> {
  return page.locator('meta[name=description]').getAttribute('content', { timeout: WAIT_MS });
}
