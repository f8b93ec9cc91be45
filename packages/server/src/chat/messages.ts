import type { ChatServiceDefinition, MessageKey, SendMessageRequest } from '@parley/proto/chat';
import { ChangeKind, ConversationCreated, HiddenSet, MemberSet, MessageCreated, MessageDeleted } from '@parley/proto/replication';
import { invalid, Refusal } from '../errors.ts';
import type { Handlers } from '../grpc/handlers.ts';
import { directConversationId } from '../ids.ts';
import type { MessageRow } from '../store/queries/messages.ts';
import type { Transaction } from '../store/store.ts';
import { findByName } from './accounts.ts';
import { acknowledge } from './acknowledge.ts';
import { checkId, checkMessageKey, checkPageSize, checkText } from './fields.ts';
import { MAX_DELETED_AT_ONCE, MAX_MESSAGES_AT_ONCE } from './limits.ts';
import { messageViews } from './own-messages.ts';
import type { ChatParts } from './parts.ts';
import { cover } from './seen.ts';
import { checkTypedName } from './usernames.ts';
import { messageView } from './views.ts';

type Methods = 'sendMessage' | 'listMessages' | 'getMessages' | 'deleteMessages';

export const noMessage = () => new Refusal('MESSAGE_NOT_FOUND', 'There is no such message in a conversation of yours.');
export const noConversation = () => new Refusal('CONVERSATION_NOT_FOUND', 'There is no such conversation of yours.');

export function messageHandlers(parts: ChatParts): Pick<Handlers<typeof ChatServiceDefinition>, Methods> {
  const { hub, store, sessions } = parts;
  return {
    sendMessage: async (request, call) => {
      checkId('message_id', request.messageId);
      checkText('text', request.text);
      const to = checkTo(request.to);
      const replyTo = request.replyTo && checkMessageKey('reply_to', request.replyTo);
      const seen = await cover(parts, request.seen);
      const me = sessions.of(call);
      const { result: row } = await store.write((tx) => sendOnce(tx, me.accountId, to, { ...request, replyTo }, parts.time.wallMs(), seen.missing));
      const copies = await acknowledge(parts, call, row.createdBy);
      hub.answered(me.sessionId, request.messageId, copies);
      const now = store.queries.messages.byKey(me.accountId, me.accountId, request.messageId) ?? row;
      return { message: messageView(now), copies, seen: seen.cursor() };
    },

    listMessages: async (request, call) => {
      checkId('conversation_id', request.conversationId);
      const size = checkPageSize(request.pageSize, 50, 200);
      const seen = await cover(parts, request.seen);
      const me = sessions.of(call);
      if (!store.queries.conversations.isMember(request.conversationId, me.accountId)) throw seen.missing(noConversation());
      const rows = store.queries.messages.page(me.accountId, request.conversationId, request.before, size + 1);
      return { messages: messageViews(parts, me.accountId, rows.slice(0, size)), more: rows.length > size, seen: seen.cursor(), behind: seen.behind };
    },

    getMessages: async (request, call) => {
      const { messages } = request;
      if (messages.length === 0 || messages.length > MAX_MESSAGES_AT_ONCE) throw invalid('messages', `messages has to name 1 to ${MAX_MESSAGES_AT_ONCE} messages`);
      for (const key of messages) checkMessageKey('messages', key);
      const seen = await cover(parts, request.seen);
      const me = sessions.of(call);
      const rows = messages.flatMap(({ senderId, messageId }) => store.queries.messages.byKey(me.accountId, senderId, messageId) ?? []);
      const mine = rows.filter(({ conversationId }) => store.queries.conversations.isMember(conversationId, me.accountId));
      return { messages: mine.flatMap((row) => messageView(row) ?? []), seen: seen.cursor(), behind: seen.behind };
    },

    deleteMessages: async (request, call) => {
      const { messages, forEveryone, undo } = request;
      if (messages.length === 0 || messages.length > MAX_DELETED_AT_ONCE) throw invalid('messages', `messages has to name 1 to ${MAX_DELETED_AT_ONCE} messages`);
      if (forEveryone && undo) throw invalid('undo', 'A deletion for everyone cannot be taken back.');
      for (const key of messages) checkMessageKey('messages', key);
      const seen = await cover(parts, request.seen);
      const me = sessions.of(call);
      const { result: writes } = await store.write((tx) =>
        messages.map(({ senderId, messageId }) => {
          const row = tx.queries.messages.byKey(me.accountId, senderId, messageId);
          if (!row?.position || !tx.queries.conversations.isMember(row.conversationId, me.accountId)) {
            throw seen.missing(noMessage());
          }
          return forEveryone ? deleteOnce(tx, me.accountId, row) : hideOnce(tx, me.accountId, row, !undo);
        }),
      );
      const copies = await Promise.all(writes.map((write) => acknowledge(parts, call, write)));
      const fewest = copies.reduce((a, b) => (b.stored < a.stored ? b : a));
      return { copies: fewest, seen: seen.cursor() };
    },
  };
}

type To = NonNullable<SendMessageRequest['to']>;

function checkTo(to: SendMessageRequest['to']): To {
  if (!to) throw invalid('to', 'Say where to: a conversation or a recipient.');
  if (to.$case === 'conversationId') checkId('conversation_id', to.value);
  if (to.$case === 'recipientId') checkId('recipient_id', to.value);
  if (to.$case === 'recipientUsername') checkTypedName('recipient_username', to.value);
  return to;
}

/** Stores a message, or finds the one that a first try stored [X1]. */
function sendOnce(tx: Transaction, me: string, to: To, request: Pick<SendMessageRequest, 'messageId' | 'text' | 'replyTo'>, nowMs: number, missing: (refusal: Refusal) => Refusal): MessageRow {
  const { messageId, text, replyTo } = request;
  const known = tx.queries.messages.byKey(me, me, messageId);
  if (known && (!isWhere(known, me, to) || (!known.deleted && !known.edit && known.text !== text))) {
    throw new Refusal('MESSAGE_ID_USED', 'This message id has another content already; make a new id for each message.');
  }
  // Before the recipient is looked at: who was deleted meanwhile does not undo what was sent.
  if (known?.position) return known;
  const conversationId = to.$case === 'conversationId' ? ownConversation(tx, me, to.value, missing) : directConversation(tx, me, recipientOf(tx, to, missing));
  checkQuestion(tx, me, conversationId, replyTo);
  tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `${me}/${messageId}`, MessageCreated.encode({ conversationId, text, sentAtMs: nowMs, replyTo }).finish());
  const stored = tx.queries.messages.byKey(me, me, messageId);
  if (!stored) throw new Error('the message that was just written is not there');
  return stored;
}

/** What an answer answers has to be in the same conversation, where the sender can see it; what is not here is taken as it is. */
function checkQuestion(tx: Transaction, me: string, conversationId: string, replyTo: MessageKey | undefined): void {
  const question = replyTo && tx.queries.messages.byKey(me, replyTo.senderId, replyTo.messageId);
  if (!question || question.conversationId === conversationId || !tx.queries.conversations.isMember(question.conversationId, me)) return;
  throw invalid('reply_to', 'A reply has to be in the conversation of the message that it answers.');
}

/** Is the known message where the request wants it? By a username that is not looked up, it is taken to be. */
function isWhere({ conversationId }: MessageRow, me: string, to: To): boolean {
  if (to.$case === 'recipientUsername') return true;
  return conversationId === (to.$case === 'conversationId' ? to.value : directConversationId(me, to.value));
}

function recipientOf(tx: Transaction, to: Exclude<To, { $case: 'conversationId' }>, missing: (refusal: Refusal) => Refusal): string {
  const accountId = to.$case === 'recipientId' ? to.value : findByName(tx, checkTypedName('recipient_username', to.value));
  const account = accountId === undefined ? undefined : tx.queries.accounts.byId(accountId);
  if (account?.deleted) throw new Refusal('ACCOUNT_NOT_FOUND', 'That account was deleted. Write to somebody else.');
  if (!account) {
    throw missing(new Refusal('ACCOUNT_NOT_FOUND', to.$case === 'recipientId' ? 'There is no such account. Choose one from the list of accounts.' : `There is no account named “${to.value.slice(0, 64)}”. Check the spelling.`));
  }
  return account.accountId;
}

function ownConversation(tx: Transaction, me: string, conversationId: string, missing: (refusal: Refusal) => Refusal): string {
  const conversation = tx.queries.conversations.byId(conversationId);
  if (!conversation || !tx.queries.conversations.isMember(conversationId, me)) throw missing(noConversation());
  const other = conversation.accountIds.find((accountId) => accountId !== me) ?? me;
  if (tx.queries.accounts.byId(other)?.deleted) throw new Refusal('ACCOUNT_NOT_FOUND', 'The other account was deleted: nobody would read it. Write to somebody else.');
  return conversationId;
}

/** The direct conversation of two accounts, made where there is none. */
function directConversation(tx: Transaction, one: string, other: string): string {
  const conversationId = directConversationId(one, other);
  const both = [one, other].sort();
  if (!tx.queries.conversations.byId(conversationId)) {
    tx.append(ChangeKind.CHANGE_KIND_CONVERSATION_CREATED, conversationId, ConversationCreated.encode({ directAccountIds: both }).finish());
  }
  for (const accountId of new Set(both)) {
    if (!tx.queries.conversations.isMember(conversationId, accountId)) tx.append(ChangeKind.CHANGE_KIND_MEMBER_SET, `${conversationId}/${accountId}`, MemberSet.encode({ member: true }).finish());
  }
  return conversationId;
}

type Write = { origin: number; seq: number };

function deleteOnce(tx: Transaction, me: string, row: MessageRow): Write {
  if (row.senderId !== me) throw new Refusal('NOT_THE_SENDER', 'Only the sender can delete a message for everyone. Delete it for yourself instead.');
  // Of one that came erased no change says yet that it is deleted: there is nothing of which copies could be counted.
  if (row.deleted && row.contentBy.origin !== 0) return row.contentBy;
  const { conversationId, senderId, messageId, sentAtMs } = row;
  return tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, `${senderId}/${messageId}`, MessageDeleted.encode({ conversationId, sentAtMs }).finish()).header;
}

function hideOnce(tx: Transaction, me: string, row: MessageRow, hidden: boolean): Write {
  const { senderId, messageId } = row;
  if (row.hidden === hidden) return tx.queries.messages.hiddenBy(me, senderId, messageId) ?? row.createdBy;
  return tx.append(ChangeKind.CHANGE_KIND_HIDDEN_SET, `${me}/${senderId}/${messageId}`, HiddenSet.encode({ hidden }).finish()).header;
}
