import { LAN_NAME } from './browser.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

/** Larger than two screens, so that a jump has somewhere to lead. */
const LINES = 60;
/** A block of code, and code in a line. */
const CODE = 'like this:\n```\nif (a < b) {\n  stop();\n}\n```\nand `<b>`';

/**
 * What people do with messages: answer, edit, copy, write code; hostile text; a server is killed while one edits and answers. One of the two has the page from a plain-http
 * address of the LAN, where there is no clipboard API.
 */
export async function playAnswers({ cluster, browser, people, say }: Stage): Promise<void> {
  await cluster.start();
  const [first, second] = cluster.replicas;
  if (!first || !second) throw new Error('this needs two replicas');
  const alice = await Person.open(browser, 'alice', first.pageUrl.replace('localhost', LAN_NAME));
  const bob = await Person.open(browser, 'bob', second.pageUrl);
  people.push(alice, bob);
  await alice.createAccount();
  await bob.createAccount();

  say('code and hostile text are shown as they were written');
  await alice.quickSend('bob: the question');
  await bob.openConversation('alice');
  await bob.page.getByText('the question').last().waitFor();
  await alice.send(CODE);
  await alice.send('<img src=x onerror="document.title=1"><script>document.title=2</script> 👋');
  await bob.page.locator('.message-text .code-block').filter({ hasText: 'if (a < b) {' }).waitFor();
  await bob.page.locator('.message-text').filter({ hasText: '<script>' }).waitFor();
  if ((await bob.page.locator('.log img, .log script').count()) > 0) throw new Error('text became markup');

  say(`an answer quotes its question, and leads to it past ${LINES} messages`);
  for (let line = 1; line <= LINES; line++) await alice.send(`line ${line}`);
  await bob.page.locator('li[data-message-id]', { hasText: `line ${LINES}` }).waitFor();
  const composer = bob.page.getByLabel('Message', { exact: true });
  await bob.message('the question').hover();
  await bob.message('the question').getByRole('button', { name: 'Reply' }).click();
  await composer.fill('half an answer');
  await bob.page.reload();
  await bob.page.getByText('Answering alice').waitFor();
  if ((await composer.inputValue()) !== 'half an answer') throw new Error('half an answer is lost over a reload');
  await bob.send('the answer');
  const answer = alice.page.locator('li[data-message-id]', { hasText: 'the answer' });
  await answer.locator('button.quote').click();
  const question = alice.page.locator('.message-found');
  await question.waitFor();
  if (!(await question.innerText()).includes('the question')) throw new Error('the jump led to another message');
  const { top, bottom, height } = await question.evaluate((item) => ({ ...item.getBoundingClientRect().toJSON(), height: window.innerHeight }) as { top: number; bottom: number; height: number });
  if (top < 0 || bottom > height) throw new Error(`after the jump the question is at ${top}–${bottom} of ${height}`);

  say('copying works on plain http');
  await alice.choose('line 3', 'Copy text');
  await alice.page.getByText('Copied', { exact: true }).waitFor();

  const usedName = await bob.serverInUse();
  const used = cluster.replicas.find(({ name }) => name === usedName);
  if (!used) throw new Error(`bob's page says that it uses ${usedName}`);
  say(`↑ edits the last own message, while bob's server (${used.name}) is killed`);
  await composer.press('ArrowUp');
  if ((await composer.inputValue()) !== 'the answer') throw new Error('↑ did not bring the last own message into the composer');
  await composer.fill('the better answer');
  await bob.page.reload();
  await bob.page.getByText('Changing your message').waitFor();
  if ((await composer.inputValue()) !== 'the better answer') throw new Error('half a change is lost over a reload');
  await Promise.all([composer.press('Enter'), used.server.kill()]);
  const edited = alice.page.locator('li[data-message-id]', { hasText: 'the better answer' });
  await edited.getByText('edited', { exact: true }).waitFor();
  await bob.page.locator('li[data-message-id]', { hasText: 'the better answer' }).getByText('edited', { exact: true }).waitFor();
  if ((await alice.page.getByText('the answer', { exact: true }).count()) > 0) throw new Error('the old text is still shown');
  await bob.send('sent after it');
  await alice.page.locator('li[data-message-id]', { hasText: 'sent after it' }).waitFor();

  say('a change of a message that another tab has deleted meanwhile gives its text back, to be sent as a new one');
  await composer.press('ArrowUp');
  await composer.fill('many words');
  const tab = await bob.openTab();
  people.push(tab);
  await tab.choose('sent after it', 'Delete for everyone…');
  await tab.page.getByRole('dialog').getByRole('button', { name: 'Delete for everyone' }).click();
  await bob.page.locator('.composer-quoted', { hasText: 'This message was deleted' }).waitFor();
  await composer.press('Enter');
  await bob.page.getByText('That message was deleted before it was changed.').waitFor();
  if ((await composer.inputValue()) !== 'many words') throw new Error('the text of the change is lost');
  await composer.press('Enter');
  await alice.message('many words').waitFor();
  for (const person of people) person.assertNoProblems();
}
