import type { Locator } from 'playwright-core';
import { type Replica, startReplica, waitUntilReady } from '../scripts/local-cluster/local-cluster.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

/** More than a screen. */
const LINES = 30;
const WAIT_MS = 10_000;

/**
 * A message that only one server took, while the others were away, comes to the others after what was written there: the page shows it in its place, unread. And the
 * way to what is new from wherever one reads.
 */
export async function playLate({ cluster, browser, people, say }: Stage): Promise<void> {
  await cluster.start();
  const [first, second, third] = cluster.replicas;
  if (!first || !second || !third) throw new Error('this needs three replicas');
  const begin = async (name: string, replica: Replica): Promise<Person> => {
    const person = await Person.open(browser, name, replica.pageUrl);
    people.push(person);
    return person;
  };
  const bob = await begin('bob', first);
  const alice = await begin('alice', first);
  await Promise.all([bob, alice].map((person) => person.createAccount()));
  await bob.quickSend('alice: before');
  await alice.openConversation('bob');
  await alice.sees(['before']);
  await alice.close();
  people.splice(0, people.length, bob);

  say(`only ${first.name} is there: bob writes, and leaves; his message is on one server of three`);
  await Promise.all([second.server.kill(), third.server.kill()]);
  await bob.send('written meanwhile');
  await bob.page.getByText('Stored on 1 of 3 servers').waitFor();
  await bob.close();
  people.splice(0, people.length);

  say(`only the other two are there: bob writes ${LINES} messages more, and alice reads them`);
  await first.server.kill();
  for (const replica of [second, third]) startReplica(replica);
  await Promise.all([second, third].map((replica) => waitUntilReady(replica)));
  const [bobElsewhere, aliceElsewhere] = [await begin('bob', second), await begin('alice', second)];
  await Promise.all([bobElsewhere.signIn(), aliceElsewhere.signIn()]);
  await bobElsewhere.openConversation('alice');
  for (let line = 1; line <= LINES; line++) await bobElsewhere.send(`line ${line}`);
  const { page } = aliceElsewhere;
  // Its name counts what came since it appeared.
  const toNewest = page.getByRole('button', { name: /^To the newest$|^\d+ new messages?$/ });
  const rowOfBob = page.getByRole('navigation').getByRole('link').filter({ hasText: 'bob' });
  // All of it is there, and unread: she would follow what comes after she opened it.
  await rowOfBob.getByText(`line ${LINES}`, { exact: true }).waitFor();
  await aliceElsewhere.openConversation('bob');
  await page.getByText('New messages', { exact: true }).waitFor();
  await toNewest.click();
  await rowOfBob.getByText('unread').waitFor({ state: 'detached' });

  say(`${first.name} comes back: what it alone had stands in its place below a line; she looks at the end, so it is unread until she was led to it`);
  startReplica(first);
  await page.getByRole('button', { name: 'New messages above' }).waitFor();
  await until(async () => (await page.title()) === '(1) Parley', { what: 'the title counts it', timeoutMs: WAIT_MS });
  await rowOfBob.getByText('1 unread').waitFor({ state: 'attached' });
  const texts = (await aliceElsewhere.messages()).map(({ text }) => text);
  const expected = ['before', 'written meanwhile', ...Array.from({ length: LINES }, (_, line) => `line ${line + 1}`)];
  if (texts.join() !== expected.join()) throw new Error(`alice sees ${texts.join()}`);
  await page.getByRole('button', { name: 'New messages above' }).click();
  await until(() => isSeen(aliceElsewhere.message('written meanwhile')), { what: 'it is seen', timeoutMs: WAIT_MS });
  const below = await page.locator('[data-new-line] + li .message-text').innerText();
  if (below !== 'written meanwhile') throw new Error(`the line stands above “${below}”`);
  await toNewest.click();
  await rowOfBob.getByText('unread').waitFor({ state: 'detached' });

  say('she reads farther up: what comes is counted by a button that leads to it, and only then read');
  await page.getByRole('log').evaluate((log) => (log.scrollTop = 0));
  await toNewest.waitFor();
  const top = await page.getByText('before', { exact: true }).last().boundingBox();
  for (const text of ['one', 'two', 'three']) await bobElsewhere.send(text);
  const toEnd = page.getByRole('button', { name: '3 new messages' });
  await toEnd.waitFor();
  if ((await page.getByText('before', { exact: true }).last().boundingBox())?.y !== top?.y) throw new Error('what she reads has moved');
  await rowOfBob.getByText('3 unread').waitFor({ state: 'attached' });
  await toEnd.click();
  await rowOfBob.getByText('unread').waitFor({ state: 'detached' });
  await until(() => isSeen(aliceElsewhere.message('three')), { what: 'the newest is seen', timeoutMs: WAIT_MS });
  for (const person of people) person.assertNoProblems();
}

/** Whether a message is in the view, wholly. */
function isSeen(message: Locator): Promise<boolean> {
  return message.evaluate((item) => {
    const view = item.closest('.log')?.getBoundingClientRect();
    const { top, bottom } = item.getBoundingClientRect();
    return view !== undefined && top >= view.top && bottom <= view.bottom;
  });
}
