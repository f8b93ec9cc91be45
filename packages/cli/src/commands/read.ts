import type { ConversationView, MessageView } from '@parley/client/api';
import type { ParleyClient } from '@parley/client/client';
import { followMessages } from '@parley/client/follow-messages';
import { waitFor } from '@parley/client/wait-for';
import { requireSession, withClient } from '../client-on-file.ts';
import type { Command, Context } from '../command.ts';
import { conversationWith, loadedConversations } from '../conversations.ts';
import { ExitCode, UsageError } from '../exit-codes.ts';
import { messageJson, messageLine } from '../message-lines.ts';

export const read: Command = {
  name: 'read',
  summary: 'Prints unread messages and marks them as read',
  takes: '[USERNAME]',
  count: [0, 1],
  flags: [
    { name: 'follow', short: 'f', what: 'then go on with each message that comes, until Ctrl-C' },
    { name: 'all', what: 'the newest 50 messages with USERNAME, read ones too' },
    { name: 'keep-unread', what: 'do not mark anything as read' },
  ],
  details: 'A message is marked as read once it is printed. With --follow nothing is missed while servers fail and come back.',
  examples: ['parley read', 'parley read alice --all', 'parley read --follow --json | jq -r .text'],
  run: async (context) => {
    const [username] = context.args;
    if (context.isOn('all') && username === undefined) throw new UsageError('say whose messages: parley read USERNAME --all');
    if (context.isOn('all') && context.isOn('follow')) throw new UsageError('--all and --follow do not go together; read --all first, then follow');
    return withClient(context.settings, async (client) => {
      requireSession(client);
      if (context.isOn('all')) await printAll(client, context, username ?? '');
      else if (context.isOn('follow')) await follow(client, context);
      else await printUnread(client, context);
      return ExitCode.DONE;
    });
  },
};

async function printAll(client: ParleyClient, context: Context, username: string): Promise<void> {
  const conversation = await conversationWith(client, username);
  await client.openConversation(conversation.conversationId);
  for (const message of client.getSnapshot().timelines.get(conversation.conversationId)?.messages ?? []) print(message, conversation, context);
  await markRead(client, context, [conversation.conversationId]);
}

async function printUnread(client: ParleyClient, context: Context): Promise<void> {
  const conversations = await loadedConversations(client);
  const wanted = conversations.filter((conversation) => conversation.unreadCount > 0 && isWith(conversation, context));
  const unread: (readonly [MessageView, ConversationView])[] = [];
  for (const conversation of wanted) {
    const { conversationId, unreadCount } = conversation;
    await client.openConversation(conversationId);
    const held = (): MessageView[] => client.getSnapshot().timelines.get(conversationId)?.messages.filter((message) => message.unread) ?? [];
    while (held().length < unreadCount && client.getSnapshot().timelines.get(conversationId)?.more) await client.loadOlder(conversationId);
    unread.push(...held().map((message) => [message, conversation] as const));
  }
  unread.sort(([a], [b]) => a.sentAt - b.sentAt);
  for (const [message, conversation] of unread) print(message, conversation, context);
  if (unread.length === 0) context.output.say('Nothing is unread.');
  await markRead(client, context, wanted.map((conversation) => conversation.conversationId));
}

/** Rejects when the session is over. */
async function follow(client: ParleyClient, context: Context): Promise<void> {
  const stop = followMessages(client, (message, conversation) => {
    if (!isWith(conversation, context)) return;
    print(message, conversation, context);
    // Where no server answers now, the mark is made with the next message.
    if (!context.isOn('keep-unread')) client.markRead(conversation.conversationId).catch(() => undefined);
  });
  try {
    await waitFor(client, ({ session }) => session.status === 'signed-out');
    requireSession(client);
  } finally {
    stop();
  }
}

function print(message: MessageView, conversation: ConversationView, { output }: Context): void {
  if (output.json) output.jsonData(messageJson(message, conversation));
  else output.data(messageLine(message, conversation));
}

async function markRead(client: ParleyClient, context: Context, conversationIds: readonly string[]): Promise<void> {
  if (!context.isOn('keep-unread')) await Promise.all(conversationIds.map((conversationId) => client.markRead(conversationId)));
}

function isWith({ other }: ConversationView, { args: [username] }: Context): boolean {
  return username === undefined || other.username.toLowerCase() === username.toLowerCase();
}
