import { ChatServiceDefinition, type ListMessagesRequest } from '@parley/proto/chat';
import { ALICE, BOB } from '../test/fake-cluster.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { exportData, type ExportProgress } from './export-data.ts';

const { listConversations, listMessages } = ChatServiceDefinition.methods;

afterEach(closeAll);

const bytes = (name: string): Uint8Array => new TextEncoder().encode(name);
const collect = async (fixture: Fixture, tell?: (progress: ExportProgress) => void) => {
  let text = '';
  for await (const piece of exportData(fixture.client, tell)) text += piece;
  return text;
};

test('an export has all conversations and all their messages, in pages, with another server where one fails in the middle', async () => {
  const fixture = await new Fixture().signIn();
  const all = Array.from({ length: 450 }, (_, n) => fixture.cluster.message({ messageId: `m${n}`, text: `“${n}”\n`, senderId: n % 2 === 0 ? ALICE.accountId : BOB.accountId }));
  let pages = 0;
  for (const server of fixture.cluster.servers) {
    server.on(listConversations, ({ pageToken }) => ({
      conversations: pageToken === '' ? [{ conversationId: 'c', others: [BOB], lastMessage: undefined, unreadCount: 0 }] : [{ conversationId: 'empty', others: [], lastMessage: undefined, unreadCount: 0 }],
      nextPageToken: pageToken === '' ? 'more' : '', seen: bytes('s'), behind: false,
    }));
    server.on(listMessages, ({ conversationId, before, pageSize }: ListMessagesRequest) => {
      pages += 1;
      if (pages === 2) server.state = 'dead';
      const older = conversationId === 'c' ? all.filter(({ position }) => !before || (position?.hlc ?? 0) < before.hlc) : [];
      return { messages: older.slice(-pageSize).reverse(), more: older.length > pageSize, seen: bytes('s'), behind: false };
    });
  }
  const told: ExportProgress[] = [];
  const exporting = collect(fixture, (progress) => told.push(progress));
  await fixture.pass(exporting.then(() => undefined));
  const document = JSON.parse(await exporting) as { account: object; conversations: { conversationId: string; messages: { messageId: string; text: string }[] }[] };
  expect(document.account).toEqual({ accountId: ALICE.accountId, username: 'alice' });
  expect(document.conversations.map(({ conversationId, messages }) => [conversationId, messages.length])).toEqual([['c', 450], ['empty', 0]]);
  expect(document.conversations[0]?.messages.map(({ messageId }) => messageId)).toEqual(all.map(({ messageId }) => messageId).reverse());
  expect(document.conversations[0]?.messages.at(-1)?.text).toBe('“0”\n');
  expect(told.at(-1)).toEqual({ messages: 450, conversations: 2, of: 2 });
});

test('an export is for who is signed in', async () => {
  await expect(collect(new Fixture())).rejects.toMatchObject({ reason: 'SESSION_INVALID' });
});
