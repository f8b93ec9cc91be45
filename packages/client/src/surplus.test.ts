import { ChatServiceDefinition, type Message } from '@parley/proto/chat';
import { ALICE } from '../test/fake-cluster.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { KEPT_MESSAGES } from './surplus.ts';

const { getMessages, markRead } = ChatServiceDefinition.methods;

afterEach(closeAll);

/** What is loaded when a conversation is opened. */
const OPENED = 50;
const MANY = 3 * KEPT_MESSAGES;

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

/** A conversation that is open, and into which messages come: numbered from 1, over the live stream. */
class Inflow {
  readonly fixture: Fixture;
  readonly #messages: Message[];

  private constructor(fixture: Fixture, messages: Message[]) {
    this.fixture = fixture;
    this.#messages = messages;
  }

  static async begin(filled = OPENED): Promise<Inflow> {
    const fixture = await new Fixture().signIn();
    const inflow = new Inflow(fixture, fixture.fill(filled));
    await fixture.pass(fixture.client.openConversation('c'));
    return inflow;
  }

  get first(): Message {
    const [first] = this.#messages;
    if (!first) throw new Error('there is no message');
    return first;
  }

  get texts(): string[] {
    return this.fixture.messages('c').map((message) => message.text);
  }

  async bring(upTo: number, change: Partial<Message> = {}): Promise<void> {
    while (this.#messages.length < upTo) {
      const message = this.fixture.cluster.message({ text: `${this.#messages.length + 1}`, ...change });
      this.#messages.push(message);
      this.fixture.stream.send({ $case: 'delta', value: { updates: [{ update: { $case: 'message', value: message } }], resume: this.fixture.cluster.cursor() } });
    }
    await this.fixture.clock.advance(1);
  }
}

test('[Y10] however much comes in, what stays in memory is bounded: the newest, without a hole; older ones can be loaded', async () => {
  const inflow = await Inflow.begin();
  await inflow.bring(MANY);
  const shown = inflow.texts;
  expect(shown.length).toBeGreaterThanOrEqual(KEPT_MESSAGES);
  expect(shown.length).toBeLessThanOrEqual(1.5 * KEPT_MESSAGES);
  expect(shown).toEqual(numbers(MANY - shown.length + 1, MANY));
  expect(inflow.fixture.snapshot.timelines.get('c')?.more).toBe(true);
  await inflow.fixture.pass(inflow.fixture.client.loadOlder('c'));
  expect(inflow.texts).toEqual(numbers(MANY - shown.length + 1 - OPENED, MANY));
});

test('[Y10] unread messages stay, and what came after them', async () => {
  const inflow = await Inflow.begin();
  await inflow.bring(100);
  await inflow.bring(MANY, { unread: true });
  expect(inflow.texts.slice(0, 3)).toEqual(['101', '102', '103']);
  expect(inflow.texts).toHaveLength(MANY - 100);
});

test('[Y10] what somebody loaded stays on top of that', async () => {
  const inflow = await Inflow.begin(MANY);
  for (let pages = 0; pages < 20; pages++) await inflow.fixture.pass(inflow.fixture.client.loadOlder('c'));
  const [oldest] = inflow.texts;
  await inflow.bring(MANY + KEPT_MESSAGES);
  expect(inflow.texts[0]).toBe(oldest);
});

test('[Y10] so does what was loaded to show an answered message', async () => {
  const inflow = await Inflow.begin(MANY);
  for (const server of inflow.fixture.cluster.servers) server.on(getMessages, () => ({ messages: [inflow.first], seen: inflow.fixture.cluster.cursor(), behind: false }));
  const outcome = inflow.fixture.client.loadBackTo('c', inflow.first);
  await inflow.fixture.clock.advance(500);
  expect(await outcome).toBe('here');
  await inflow.bring(MANY + KEPT_MESSAGES);
  expect(inflow.texts[0]).toBe('1');
});

test('[Y10] also where the newest are loaded once more, because some count as unread still', async () => {
  const inflow = await Inflow.begin(MANY);
  const { client, cluster, inUse } = inflow.fixture;
  for (let pages = 0; pages < 20; pages++) await inflow.fixture.pass(client.loadOlder('c'));
  const [oldest] = inflow.texts;
  for (const server of cluster.servers) server.on(markRead, () => ({ unreadCount: 1, seen: cluster.cursor() }));
  await inflow.fixture.pass(client.markRead('c'));
  expect(inUse.requests(markRead)).toHaveLength(1);
  await inflow.bring(MANY + KEPT_MESSAGES);
  expect(inflow.texts[0]).toBe(oldest);
});

test('[Y10] also where another tab opens the conversation', async () => {
  const inflow = await Inflow.begin(MANY);
  const { client } = inflow.fixture;
  for (let pages = 0; pages < 20; pages++) await inflow.fixture.pass(client.loadOlder('c'));
  const [oldest] = inflow.texts;
  await inflow.fixture.pass(client.openConversation('c'));
  await inflow.bring(MANY + KEPT_MESSAGES);
  expect(inflow.texts[0]).toBe(oldest);
});

test('[Y10] a message that is not safe yet stays, and is not shown a second time', async () => {
  const inflow = await Inflow.begin();
  const { client } = inflow.fixture;
  for (const server of inflow.fixture.others) server.freeze();
  await inflow.fixture.clock.advance(10);
  const messageId = client.send('c', 'mine');
  await inflow.bring(60);
  await inflow.bring(61, { messageId, senderId: ALICE.accountId, text: 'mine' });
  expect(inflow.fixture.snapshot.unsent).toBe(1);
  await inflow.bring(MANY);
  expect(inflow.texts.filter((text) => text === 'mine')).toEqual(['mine']);
  expect(inflow.texts.indexOf('mine')).toBeLessThan(MANY - KEPT_MESSAGES);
});
