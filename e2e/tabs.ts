import type { Browser } from 'playwright-core';
import { startReplica, waitUntilReady, type LocalCluster } from '../scripts/local-cluster/local-cluster.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { LAN_NAME } from './browser.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

/** More than the six connections that a browser opens to an origin over HTTP/1.1: with a stream in each the seventh would hang. */
const TABS = 9;

/** What a browser may offer, and how the engine then runs. */
const WAYS = [
  { name: 'worker', lacking: [], host: LAN_NAME, callers: 0 },
  { name: 'leader', lacking: ['SharedWorker'], host: 'localhost', callers: 1 },
  { name: 'own', lacking: ['SharedWorker', 'Navigator.prototype.locks'], host: 'localhost', callers: undefined },
] as const;

/** One person with many tabs, in each way in which an engine can serve them: they show the same, and what closes takes nothing with it. */
export async function playTabs({ cluster, browser, people, say }: Stage): Promise<void> {
  say('three servers start');
  await cluster.start();
  const pageUrl = cluster.replicas[0]?.pageUrl ?? '';
  for (const way of WAYS) {
    const open = async (name: string, lacking: readonly string[]): Promise<Person> => {
      const person = await Person.open(browser, `${name}-${way.name}`, pageUrl.replace('localhost', way.host), lacking);
      people.push(person);
      await person.createAccount();
      return person;
    };
    const [first, friend] = await Promise.all([open('tabs', way.lacking), open('friend', [])]);
    await playWay(way, { cluster, browser, first, friend, people, say: (line) => say(`${way.name}: ${line}`) });
    for (const person of [first, friend]) await person.close();
    people.length = 0;
  }
}

interface Part extends Omit<Stage, 'fourth'> {
  readonly cluster: LocalCluster;
  readonly first: Person;
  readonly friend: Person;
}

async function playWay(way: (typeof WAYS)[number], { cluster, browser, first, friend, people, say }: Part): Promise<void> {
  const sent: string[] = [];
  // An engine a tab is a stream a tab: few enough that calls still get a connection.
  const count = way.name === 'own' ? 3 : TABS;
  const allSee = (persons: readonly Person[]): Promise<unknown> => Promise.all(persons.map((person) => person.sees(sent)));
  const write = async (person: Person, text: string): Promise<void> => {
    sent.push(text);
    await person.send(text);
  };

  await first.quickSend(`${friend.name}: hello`);
  sent.push('hello');
  await friend.openConversation(first.name);
  await allSee([first, friend]);

  say(`${count} tabs on one server`);
  const tabs = [first];
  while (tabs.length < count) {
    const tab = await first.openTab();
    people.push(tab);
    tabs.push(tab);
  }
  await allSee(tabs);
  await write(tabs.at(-1) ?? first, 'from the last tab');
  await write(friend, 'to all tabs');
  await allSee([...tabs, friend]);
  const callers = tabs.filter((tab) => tab.hasCalledServers).length;
  if (way.callers !== undefined && callers !== way.callers) throw new Error(`${callers} tabs talk to servers where ${way.callers} should`);

  say('all servers die; one tab sends and closes; the others send it when servers are back');
  const [leaving, ...staying] = tabs;
  if (!leaving) throw new Error('there are no tabs');
  await Promise.all(cluster.replicas.map(({ server }) => server.kill()));
  await write(leaving, 'sent while no server was there');
  await until(async () => (await leaving.messages()).some(({ text }) => text === sent.at(-1)), { what: 'it is shown', timeoutMs: 5_000 });
  await until(() => leaving.hasStored('sent while no server was there'), { what: 'it is in storage', timeoutMs: 5_000 });
  await leaving.closeTab();
  for (const replica of cluster.replicas) startReplica(replica);
  await Promise.all(cluster.replicas.map((replica) => waitUntilReady(replica)));
  await allSee([...staying, friend]);

  if (way.name === 'worker') {
    say('the worker is killed; a tab sends at that moment; all go on');
    await Promise.all([killWorker(browser), write(staying[0] ?? first, 'while the worker died')]);
    await write(friend, 'after the worker died');
    await allSee([...staying, friend]);
  }

  say('signing out in one tab signs out all');
  await staying[0]?.signOut();
  await Promise.all(staying.map((tab) => tab.isSignedOut()));
  for (const tab of [...staying, friend]) tab.assertNoProblems();
}

/** Ends every SharedWorker, as a browser does under memory pressure. */
async function killWorker(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send('Target.getTargets');
  const workers = targetInfos.filter(({ type }) => type === 'shared_worker');
  if (workers.length === 0) throw new Error('there is no worker to kill');
  for (const { targetId } of workers) await session.send('Target.closeTarget', { targetId });
  await session.detach();
}
