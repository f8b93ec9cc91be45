import { readFileSync } from 'node:fs';
import { until } from '../scripts/local-cluster/until.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

const WAIT_MS = 10_000;

/** What is taken back: a message for oneself and its undoing, a message for everyone, an account with all it has; and a message that is refused because of it. */
export async function playDeleting({ cluster, browser, people, say }: Stage): Promise<void> {
  await cluster.start();
  const [first, second] = cluster.replicas;
  if (!first || !second) throw new Error('this needs two replicas');
  const bob = await Person.open(browser, 'bob', second.pageUrl);
  // Without a worker, so that what her page reaches can be chosen.
  const alice = await Person.open(browser, 'alice', first.pageUrl, ['SharedWorker']);
  people.push(bob, alice);
  await Promise.all([bob, alice].map((person) => person.createAccount()));
  await alice.quickSend('bob: one');
  await alice.send('two');
  await bob.openConversation('alice');
  await Promise.all([alice, bob].map((person) => person.sees(['one', 'two'])));

  say('for oneself: gone at once, back by Undo, gone after a reload where nobody took it back');
  await bob.choose('one', 'Delete for me');
  await bob.sees(['two']);
  await bob.page.getByRole('button', { name: 'Undo' }).click();
  await bob.sees(['one', 'two']);
  await bob.choose('two', 'Delete for me');
  await bob.sees(['one']);
  await bob.page.reload();
  await bob.sees(['one']);
  await alice.sees(['one', 'two']);

  say('for everyone: asked first, then told');
  await alice.choose('one', 'Delete for everyone…');
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await alice.choose('one', 'Delete for everyone…');
  await alice.page.getByRole('dialog').getByRole('button', { name: 'Delete for everyone' }).click();
  await alice.sees(['This message was deleted', 'two']);
  await bob.sees(['This message was deleted']);

  say('the account: its data is downloaded before; name and password are wanted');
  await alice.reachOnly([]);
  await alice.send('are you there?');
  await until(() => alice.hasStored('are you there?'), { what: 'the message waits', timeoutMs: WAIT_MS });
  await bob.page.getByRole('button', { name: 'Settings' }).click();
  await bob.page.getByRole('button', { name: 'Delete account' }).click();
  const dialog = bob.page.getByRole('dialog');
  const [download] = await Promise.all([bob.page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download my data' }).click()]);
  const data = readFileSync(await download.path(), 'utf8');
  if (download.suggestedFilename() !== 'parley-bob.json' || typeof JSON.parse(data) !== 'object') throw new Error(`the download is ${download.suggestedFilename()}: ${data.slice(0, 200)}`);
  await dialog.getByLabel('Username').fill('bob');
  await dialog.getByLabel('Password', { exact: true }).fill('not his password');
  await dialog.getByRole('button', { name: 'Delete account' }).click();
  await dialog.getByRole('alert').filter({ hasText: /password/i }).waitFor();
  await dialog.getByLabel('Password', { exact: true }).fill(Person.password);
  await dialog.getByRole('button', { name: 'Delete account' }).click();
  await bob.isSignedOut();

  say('what was on its way to it is refused: it says why, can be sent again, is refused again, and is discarded');
  await alice.reachOnly(undefined);
  const { page } = alice;
  const refused = page.locator('.message-failed', { hasText: 'are you there?' });
  await refused.getByText('Not sent:').waitFor();
  await page.getByText('This account was deleted. What was written stays here').waitFor();
  await page.getByRole('navigation').getByText('Not sent: ').waitFor();
  // The answer, so that what is read below is the second refusal.
  await Promise.all([page.waitForResponse(/\/SendMessage$/), refused.getByRole('button', { name: 'Send again' }).click()]);
  await refused.getByText('Not sent:').waitFor();
  await refused.getByRole('button', { name: 'Discard' }).click();
  await alice.sees(['This message was deleted', 'two']);
  await page.reload();
  await alice.sees(['This message was deleted', 'two']);
  for (const person of people) person.assertNoProblems();
}
