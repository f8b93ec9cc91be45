import { startReplica, waitUntilReady, type LocalCluster } from '../scripts/local-cluster/local-cluster.ts';
import { until } from '../scripts/local-cluster/until.ts';
import { LAN_NAME } from './browser.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

/** When the page says something of an outage, and the slack of a busy machine. */
const PILL_AFTER_MS = 1_000;
const BAR_AFTER_MS = 3_000;
/** The server's end is noticed within this, the last heartbeat's answer included. */
const SLACK_MS = 4_000;
/** An address is probed for two seconds. */
const PROBE_MS = 2_000;

const UNREACHABLE = "Can't reach any server. Your messages are saved on this device and will be sent automatically.";

/** What one person sees of servers that come and go: from a plain-http address, in words, with nothing lost of what they type. */
export async function playOutage({ cluster, browser, people, say }: Stage): Promise<void> {
  say('three servers start');
  await cluster.start();
  const [first] = cluster.replicas;
  if (!first) throw new Error('the outage needs servers');

  say('from a plain-http address a second one is named, until that is dismissed');
  const alice = await Person.open(browser, 'alice', first.pageUrl.replace('localhost', LAN_NAME));
  people.push(alice);
  await alice.createAccount();
  const hint = alice.page.getByRole('region', { name: 'A second address' });
  const address = await hint.getByRole('link').getAttribute('href');
  if (!cluster.replicas.some(({ pageUrl }) => pageUrl === address)) throw new Error(`the hint names ${address}, which is none of the servers`);
  await hint.getByRole('button', { name: 'Got it' }).click();
  await hint.waitFor({ state: 'hidden' });
  await alice.page.reload();
  await alice.page.getByRole('button', { name: 'Sign out' }).waitFor();
  if (await hint.isVisible()) throw new Error('the hint came back');

  await alice.quickSend('alice: notes');
  await alice.sees(['notes']);
  await addServers(alice, cluster);

  say('the server in use is killed: the panel tells which one stopped and where the page moved, also after a reload');
  await moveOnce(alice, cluster);

  say('all servers are killed: silence, a pill, a bar; the draft stays, and a message waits');
  const { page } = alice;
  const composer = page.getByLabel('Message', { exact: true });
  await composer.fill('half a thought');
  const killedAt = performance.now();
  await Promise.all(cluster.replicas.map(({ server }) => server.kill()));
  await page.getByText('Reconnecting…').waitFor();
  assertBetween('the pill', performance.now() - killedAt, PILL_AFTER_MS, PILL_AFTER_MS + SLACK_MS);
  const bar = page.getByText(UNREACHABLE);
  await bar.waitFor();
  assertBetween('the bar', performance.now() - killedAt, BAR_AFTER_MS, BAR_AFTER_MS + SLACK_MS);
  if (!/Last contact \d+:\d\d:\d\d/.test((await bar.textContent()) ?? '')) throw new Error('the bar does not say when a server last answered');
  if ((await composer.inputValue()) !== 'half a thought') throw new Error('the draft is lost');
  if (!(await composer.evaluate((element) => element === document.activeElement))) throw new Error('the composer lost the focus');
  await composer.press('Enter');
  await alice.sees(['notes', 'half a thought']);
  await composer.fill('the other half');

  say('servers come back: ‘Try now’, ‘Back online’ for two seconds, and what waited is sent');
  for (const replica of cluster.replicas) startReplica(replica);
  await Promise.all(cluster.replicas.map((replica) => waitUntilReady(replica)));
  // It may have found one by itself already.
  await page.getByRole('button', { name: 'Try now' }).click({ timeout: 1_000 }).catch(() => undefined);
  await page.getByText('Back online').waitFor();
  await page.getByText('Back online').waitFor({ state: 'hidden' });
  if ((await composer.inputValue()) !== 'the other half') throw new Error('the second draft is lost');
  await until(async () => !(await alice.hasStored('half a thought')), { what: 'the message has left the outbox', timeoutMs: 30_000 });
  alice.assertNoProblems();
}

async function addServers(alice: Person, cluster: LocalCluster): Promise<void> {
  const { page } = alice;
  await page.getByRole('button', { name: 'Servers', exact: true }).click();
  await page.getByRole('button', { name: 'Add server' }).click();
  const field = page.getByLabel('Server address');
  const check = async (typed: string): Promise<void> => {
    await field.fill(typed);
    await page.getByRole('button', { name: 'Check and add' }).click();
  };
  const askedAt = performance.now();
  await check('localhost:1');
  await page.getByText('does not answer. Check that the server runs').waitFor();
  assertBetween('the refusal', performance.now() - askedAt, 0, PROBE_MS + SLACK_MS);
  const second = cluster.replicas[1];
  await check(second?.pageUrl ?? '');
  await page.getByText(/^server2 · live · \d+ ms$/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Servers', expanded: false }).waitFor();
}

async function moveOnce(alice: Person, cluster: LocalCluster): Promise<void> {
  const before = await alice.serverInUse();
  const used = cluster.replicas.find(({ name }) => name === before);
  if (!used) throw new Error(`the page uses ${before}, which is none of the servers`);
  await used.server.kill();
  const move = alice.page.getByText(new RegExp(`^${used.name} stopped answering; moved to server\\d in `));
  await move.waitFor();
  await alice.seesServer(used.name, 'Dead');
  startReplica(used);
  await waitUntilReady(used);
  await alice.seesServer(used.name, 'Live');
  await alice.page.reload();
  await move.waitFor();
  // What is not loaded before the next outage cannot be seen in it.
  await alice.sees(['notes']);
  await alice.page.keyboard.press('Escape');
  await alice.page.getByRole('button', { name: 'Servers', expanded: false }).waitFor();
}

function assertBetween(what: string, ms: number, from: number, to: number): void {
  if (ms < from || ms > to) throw new Error(`${what} came after ${Math.round(ms)} ms, not between ${from} and ${to}`);
}
