import type { Browser } from 'playwright-core';
import { startReplica, waitUntilReady, type LocalCluster, type Replica } from '../scripts/local-cluster/local-cluster.ts';
import type { SidecarPorts } from '../scripts/local-cluster/envoy-config.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { waitUntilAgreed } from './agreement.ts';
import { LAN_NAME } from './browser.ts';
import { Person } from './person.ts';

export interface Stage {
  /** Three replicas, not started yet. */
  readonly cluster: LocalCluster;
  /** Ports of the fourth. */
  readonly fourth: SidecarPorts;
  readonly browser: Browser;
  /** Everybody who has a page open, for screenshots. */
  readonly people: Person[];
  /** Says which step begins. */
  readonly say: (line: string) => void;
}

/**
 * What Parley is for, in one story: two people on different replicas chat; the first one's server is killed; both go on. A fourth replica
 * joins; the other three are killed, and with it alone everything is still there. The three come back, and all agree.
 */
export async function playScenario({ cluster, fourth, browser, people, say }: Stage): Promise<void> {
  const sent: string[] = [];
  const open = async (name: string, url: string, lacking: readonly string[] = []): Promise<Person> => {
    const person = await Person.open(browser, name, url, lacking);
    people.push(person);
    return person;
  };

  say('three servers start');
  await cluster.start();
  const [first, second, third] = cluster.replicas;
  if (!first || !second || !third) throw new Error('the scenario needs three replicas');

  say('two people create accounts on different servers');
  // What these two reach is chosen below, which a browser allows for pages and not for workers; people who come later have workers.
  const alice = await open('alice', 'about:blank', ['SharedWorker']);
  await begin(alice, first, first.pageUrl);
  // As from a plain-http address of the LAN, where browsers give a page less than on localhost.
  const bob = await open('bob', 'about:blank', ['SharedWorker']);
  await begin(bob, second, second.pageUrl.replace('localhost', LAN_NAME));

  say('they chat');
  await alice.quickSend('bob: hello bob');
  sent.push('hello bob');
  await bob.openConversation('alice');
  await bob.sees(sent);
  await sendAll(bob, ['hello alice', 'how are you? – zoë 👋🏽', 'see https://example.com/?a=1&b=<2>'], sent);
  await sendAll(alice, ['fine', 'and you?'], sent);
  await Promise.all([alice.sees(sent), bob.sees(sent)]);
  await Promise.all([alice.mark(), bob.mark()]);

  say(`alice's server is killed (pid ${first.server.pid}) while both write`);
  await Promise.all([sendAll(alice, ['one', 'two'], sent), first.server.kill(), sendAll(bob, ['three', 'four'], sent)]);
  await Promise.all([sendAll(alice, ['five', 'six'], sent), sendAll(bob, ['seven', 'eight'], sent)]);
  await Promise.all([alice.sees(sent), bob.sees(sent)]);
  await until(async () => (await alice.serverInUse()) !== first.name, { what: 'alice uses another server', timeoutMs: 10_000 });
  await Promise.all([alice.seesServer(first.name, 'Dead'), bob.seesServer(first.name, 'Dead')]);
  await Promise.all([alice.assertUndisturbed(), bob.assertUndisturbed()]);

  say('a fourth server joins and shows up in both pages');
  const fourthReplica = cluster.add(fourth);
  startReplica(fourthReplica);
  await waitUntilReady(fourthReplica);
  await Promise.all([alice.seesServer(fourthReplica.name, 'Live'), bob.seesServer(fourthReplica.name, 'Live')]);

  say('the other two are killed, Envoys and all; the fourth alone has everything, and the chat goes on');
  await Promise.all([first, second, third].flatMap(({ server, envoy }) => [server.kill(), envoy?.kill() ?? []].flat()));
  await Promise.all([sendAll(alice, ['nine'], sent), sendAll(bob, ['ten'], sent)]);
  await Promise.all([alice.sees(sent), bob.sees(sent)]);
  await Promise.all([alice.assertUndisturbed(), bob.assertUndisturbed()]);
  const aliceElsewhere = await open('alice', fourthReplica.pageUrl);
  await aliceElsewhere.signIn();
  await aliceElsewhere.openConversation('bob');
  await aliceElsewhere.sees(sent);
  const carol = await open('carol', fourthReplica.pageUrl);
  await carol.createAccount();
  await carol.quickSend('alice: I am new here');
  await alice.sees(sent);

  say('the three come back');
  for (const replica of [first, second, third]) startReplica(replica);
  await Promise.all([first, second, third].map((replica) => waitUntilReady(replica)));
  say('both pages see all four live');
  await Promise.all(cluster.replicas.flatMap(({ name }) => [alice.seesServer(name, 'Live'), bob.seesServer(name, 'Live')]));
  await Promise.all([sendAll(alice, ['eleven'], sent), sendAll(bob, ['twelve'], sent)]);
  await Promise.all([alice, bob, aliceElsewhere].map((person) => person.sees(sent)));
  say('all four agree');
  await waitUntilAgreed(cluster.replicas);

  await Promise.all([alice.assertUndisturbed(), bob.assertUndisturbed()]);
  await assertSameStory([alice, bob, aliceElsewhere]);
  for (const person of people) person.assertNoProblems();
}

/** Opens the page while its browser reaches that one server only, so that it is the one that the page uses; it keeps it for as long as it does well. */
async function begin(person: Person, { name, pageUrl }: Replica, url: string): Promise<void> {
  await person.reachOnly([url, pageUrl]);
  await person.goTo(url);
  await person.createAccount();
  await person.reachOnly(undefined);
  const used = await person.serverInUse();
  if (used !== name) throw new Error(`${person.name}'s page uses ${used} where it reaches ${name} only`);
}

async function sendAll(person: Person, texts: readonly string[], sent: string[]): Promise<void> {
  for (const text of texts) {
    sent.push(text);
    await person.send(text);
  }
}

/** All see the same messages in the same order, each once; `sees` has already looked for loss. */
async function assertSameStory(people: readonly Person[]): Promise<void> {
  const [first, ...others] = await Promise.all(people.map((person) => person.messages()));
  const story = first?.map(({ id, text }) => `${id} ${text}`) ?? [];
  if (new Set(first?.map(({ id }) => id)).size !== story.length) throw new Error('a message is shown twice');
  for (const [index, messages] of others.entries()) {
    if (messages.map(({ id, text }) => `${id} ${text}`).join('\n') !== story.join('\n')) throw new Error(`${people[index + 1]?.name} sees another order than ${people[0]?.name}`);
  }
}
