import type { Locator } from 'playwright-core';
import { startReplica, waitUntilReady } from '../scripts/local-cluster/local-cluster.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

/** What people see of where their messages are: a tick when all servers that are up have one, which names them; a ring until then; and no tick that goes again. */
export async function playTicks({ cluster, browser, people, say }: Stage): Promise<void> {
  await cluster.start();
  const [first, second, third] = cluster.replicas;
  if (!first || !second || !third) throw new Error('the ticks need three servers');
  const alice = await Person.open(browser, 'alice', first.pageUrl);
  people.push(alice);
  await alice.createAccount();
  const { page } = alice;
  const markOf = (text: string): Locator => page.locator('li[data-message-id]').filter({ hasText: text }).locator('.delivery');
  /** Waits until that is how the message stands. Nobody else reads notes to oneself, so there are no second ticks. */
  const stands = (text: string, title: string): Promise<void> => markOf(text).and(page.getByTitle(title, { exact: true })).waitFor();
  const upOf = (...servers: readonly { readonly name: string }[]): string => `Stored on all servers that are up: ${servers.map(({ name }) => name).join(', ')}`;

  say('with all servers up a message is ticked, and the tick names all');
  await alice.quickSend('alice: on three');
  await stands('on three', upOf(first, second, third));

  say('with one down two are all that are up');
  await third.server.kill();
  await alice.send('on two');
  await stands('on two', upOf(first, second));

  say('one server alone ticks nothing: a ring says how many, and where');
  await second.server.kill();
  await alice.send('on one');
  await stands('on one', `Stored on ${first.name}`);
  await markOf('on one').getByText('Stored on 1 of 3 servers').waitFor();

  say('it is started anew, knows of no copies but its own, and the page is loaded again: what was ticked stays so, without names');
  await first.server.kill();
  startReplica(first);
  await waitUntilReady(first);
  await page.reload();
  for (const text of ['on three', 'on two']) await stands(text, 'Stored on all servers that were up');
  await stands('on one', `Stored on ${first.name}`);

  say('a second server is back: the ring becomes a tick by itself');
  startReplica(third);
  await stands('on one', upOf(first, third));
  startReplica(second);
  await stands('on one', upOf(first, second, third));
  await alice.sees(['on three', 'on two', 'on one']);
  alice.assertNoProblems();
}
