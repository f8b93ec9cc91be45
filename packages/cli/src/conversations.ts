import type { ConversationView, MessageView } from '@parley/client/api';
import type { ParleyClient } from '@parley/client/client';
import { Failure } from '@parley/client/failure';
import { waitFor } from '@parley/client/wait-for';
import { requireSession } from './client-on-file.ts';

/** As long as any call may take before people are told. */
const PATIENCE_MS = 10_000;
/** One's last message is looked for among so many pages of 50. */
const MOST_PAGES = 20;

/** The account's conversations. Rejects with SESSION_INVALID where the session is over. */
export async function loadedConversations(client: ParleyClient): Promise<readonly ConversationView[]> {
  return waitFor(client, ({ conversations, session }) => {
    if (session.status === 'signed-out') requireSession(client);
    return conversations;
  }, { timeoutMs: PATIENCE_MS });
}

/** Rejects with CONVERSATION_NOT_FOUND where nobody has written yet. */
export async function conversationWith(client: ParleyClient, username: string): Promise<ConversationView> {
  const conversations = await loadedConversations(client);
  const found = conversations.find((conversation) => conversation.other.username.toLowerCase() === username.toLowerCase());
  if (!found) throw new Failure('CONVERSATION_NOT_FOUND', `There are no messages with "${username}" yet. Write the first: parley send ${username} hello`);
  return found;
}

/**
 * One's own message with that id; without one the last that was not deleted. What servers know of it is known here then: an edit that is numbered without that
 * would lose against an earlier one. Rejects with MESSAGE_NOT_FOUND.
 */
export async function findOwnMessage(client: ParleyClient, conversation: ConversationView, messageId?: string): Promise<MessageView> {
  const { conversationId, other } = conversation;
  await client.openConversation(conversationId);
  const timeline = () => client.getSnapshot().timelines.get(conversationId);
  const find = (): MessageView | undefined => timeline()?.messages.findLast((message) => message.mine && (messageId === undefined ? !message.deleted : message.messageId === messageId));
  for (let pages = 1; messageId === undefined && !find() && timeline()?.more && pages < MOST_PAGES; pages++) await client.loadOlder(conversationId);
  if (messageId !== undefined && !find()) {
    const key = { senderId: requireSession(client).accountId, messageId };
    while (await client.loadBackTo(conversationId, key) === 'too-far');
  }
  const found = find();
  if (found) return found;
  if (messageId !== undefined) throw new Failure('MESSAGE_NOT_FOUND', `You have sent no message with the id ${messageId} to ${other.username}. parley read ${other.username} --all --json tells the ids.`);
  throw new Failure('MESSAGE_NOT_FOUND', `None of the newest messages with ${other.username} is yours. Name the one that you mean: --message MESSAGE-ID`);
}

/** Who sent the message with that id in the conversation. Rejects with MESSAGE_NOT_FOUND. */
export async function findSender(client: ParleyClient, { conversationId, other }: ConversationView, messageId: string): Promise<string> {
  for (const senderId of new Set([other.accountId, requireSession(client).accountId])) {
    if (await client.loadBackTo(conversationId, { senderId, messageId }) !== 'missing') return senderId;
  }
  throw new Failure('MESSAGE_NOT_FOUND', `There is no message with the id ${messageId} between you and ${other.username}. parley read ${other.username} --all --json tells the ids.`);
}
