import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { LAN_NAME } from './browser.ts';
import { Person } from './person.ts';
import type { Stage } from './scenario.ts';

const WIDE = { width: 1280, height: 800 };
/** A small phone. */
const NARROW = { width: 360, height: 740 };

/** `--canvas` of style.css. */
const BACKGROUNDS = { Light: 'rgb(255, 255, 255)', Dark: 'rgb(18, 22, 20)' };

/** Every screen, panel and dialog, light and dark, wide and narrow: axe finds nothing, and nothing is wider than the window. */
export async function playAxe({ cluster, browser, people, say }: Stage): Promise<void> {
  await cluster.start();
  const [first] = cluster.replicas;
  if (!first) throw new Error('there is no server');
  const bob = await Person.open(browser, 'bob', first.pageUrl);
  const alice = await Person.open(browser, 'alice', first.pageUrl);
  people.push(bob, alice);
  const { page } = alice;
  const problems: string[] = [];
  const look = async (state: string, of = page): Promise<void> => {
    say(state);
    problems.push(...(await problemsOf(of)).map((problem) => `${state}: ${problem}`));
  };
  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).first().click();

  await page.getByText('3 of 3 servers live').waitFor();
  await assertFindsPlanted(page);
  await look('welcome');
  await press('Create account');
  await look('welcome, with problems');
  await press('Servers');
  await press('Add server');
  await page.getByLabel('Server address').fill('localhost:1');
  await press('Check and add');
  await page.getByText('does not answer').waitFor();
  await look('welcome, servers, an address refused');
  await page.keyboard.press('Escape');

  await Promise.all([alice.createAccount(), bob.createAccount()]);
  await look('signed in, nothing open');
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await look('the switcher');
  await page.keyboard.type('bob: hello');
  await look('the switcher, writing');
  await page.keyboard.press('Escape');

  await bob.quickSend('alice: hello https://example.com/');
  await alice.openConversation('bob');
  await alice.send('hello bob');
  await bob.send('a second one');
  await page.getByText('a second one').last().waitFor();
  await look('a conversation');
  const composer = page.getByLabel('Message', { exact: true });
  await composer.press('ArrowUp');
  await look('changing a message');
  await composer.press('Escape');
  await composer.fill('x'.repeat(8_001));
  await look('a text that is too long');
  await composer.fill('');
  await page.getByTitle('Details').click();
  await page.getByRole('heading', { name: 'Details', exact: true }).waitFor();
  await look('details');
  await page.keyboard.press('Escape');
  const own = page.locator('li[data-message-id]', { hasText: 'hello bob' });
  await own.hover();
  await own.getByRole('button', { name: 'Edit' }).waitFor();
  await look('a message under the pointer');
  await own.getByRole('button', { name: 'Actions' }).click();
  await look('a message’s menu');
  await page.getByRole('menuitem', { name: 'Delete for everyone…' }).click();
  await page.getByRole('dialog').waitFor();
  await look('deleting for everyone');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for everyone' }).click();
  await page.getByText('This message was deleted').first().waitFor();
  await look('a deleted message');

  await page.locator('li[data-message-id]', { hasText: 'a second one' }).hover();
  await page.locator('li[data-message-id]', { hasText: 'a second one' }).getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete for me' }).click();
  // It stays while the pointer is on it.
  await page.getByText('Message deleted').hover();
  await look('a passing notice');
  if (!(await page.getByText('Message deleted').isVisible())) throw new Error('the notice went while it was looked at');

  await press('Settings');
  await look('settings');
  for (const theme of ['Dark', 'Light'] as const) {
    await page.locator('label', { hasText: theme }).click();
    await look(`settings, ${theme.toLowerCase()} chosen`);
    await page.emulateMedia({ colorScheme: theme === 'Dark' ? 'light' : 'dark' });
    await page.reload();
    await page.getByRole('radio', { name: theme, checked: true }).waitFor({ state: 'attached' });
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    if (background !== BACKGROUNDS[theme]) throw new Error(`${theme} is chosen, and the page is ${background}`);
  }
  await page.locator('label', { hasText: 'System' }).click();
  await press('Change password');
  await look('changing the password');
  await page.keyboard.press('Escape');
  await press('Delete account');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete account' }).click();
  await look('deleting the account, with problems');
  await page.keyboard.press('Escape');
  await press('Servers');
  await look('servers');

  const carol = await Person.open(browser, 'carol', first.pageUrl.replace('localhost', LAN_NAME));
  people.push(carol);
  await carol.createAccount();
  await carol.page.getByRole('button', { name: 'Settings' }).click();
  await carol.page.getByRole('region', { name: 'A second address' }).waitFor();
  await look('from a plain-http address, settings', carol.page);

  await Promise.all(cluster.replicas.map(({ server }) => server.kill()));
  await page.getByText('Reconnecting…').waitFor();
  await page.getByText("Can't reach any server.").waitFor();
  await look('no server answers');
  await page.keyboard.press('Escape');
  await alice.send('waits');
  await page.getByText('waits').last().waitFor();
  await press('Sign out');
  await page.getByRole('dialog').waitFor();
  await look('signing out with a message that is not safe');
  if (problems.length > 0) throw new Error(`axe finds ${problems.length} problems:\n${problems.join('\n')}`);
}

/** Text that is too faint, and a field without a name: were these not found, nothing would be. */
async function assertFindsPlanted(page: Page): Promise<void> {
  await page.evaluate(() => {
    const planted = document.createElement('p');
    planted.id = 'planted';
    planted.textContent = 'too faint';
    planted.style.color = '#999';
    planted.style.background = '#888';
    planted.append(document.createElement('input'));
    document.querySelector('main')?.append(planted);
  });
  const found = (await problemsOf(page)).join('\n');
  for (const size of [NARROW, WIDE]) {
    for (const rule of ['color-contrast', 'label']) {
      if (!found.includes(`${size.width} wide, dark: ${rule} `)) throw new Error(`axe does not find a planted problem of ${rule}, ${size.width} wide: ${found}`);
    }
  }
  await page.evaluate(() => document.getElementById('planted')?.remove());
}

async function problemsOf(page: Page): Promise<string[]> {
  const problems: string[] = [];
  for (const size of [NARROW, WIDE]) {
    await page.setViewportSize(size);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const where = `${size.width} wide, ${colorScheme}`;
      for (const { id, help, nodes } of violations) problems.push(`${where}: ${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) problems.push(`${size.width} wide: the page is ${overflow} px too wide`);
  }
  return problems;
}
