import { ChatServiceDefinition, type Message } from '@parley/proto/chat';
import type { ExportedConversation, ExportedMessage, ExportedMessages, ExportPosition } from './api.ts';
import type { Calls } from './calls.ts';

const { listConversations, listMessages } = ChatServiceDefinition.methods;

/** The largest pages that a server gives. */
const PAGE = 200;

/** Reads what an account has from servers, page by page, past the store: nobody looks at it meanwhile, and it may be much. */
export class Exporting {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  async conversations(): Promise<ExportedConversation[]> {
    const all: ExportedConversation[] = [];
    for (let pageToken = ''; ;) {
      const reply = await this.#calls.call(listConversations, listConversations.requestType.create({ pageSize: PAGE, pageToken }));
      all.push(...reply.conversations.map(({ conversationId, others }) => ({ conversationId, with: others.map(({ accountId, username, deleted }) => ({ accountId, username, deleted })) })));
      pageToken = reply.nextPageToken;
      if (pageToken === '') return all;
    }
  }

  async messages(conversationId: string, before: ExportPosition | undefined): Promise<ExportedMessages> {
    const reply = await this.#calls.call(listMessages, listMessages.requestType.create({ conversationId, pageSize: PAGE, before }));
    const last = reply.messages.at(-1)?.position;
    return { messages: reply.messages.map(exported), next: reply.more && last ? { hlc: last.hlc, origin: last.origin } : undefined };
  }
}

function exported({ senderId, messageId, text, sentAtMs, deleted, edit, replyTo }: Message): ExportedMessage {
  return {
    senderId, messageId, sentAt: new Date(sentAtMs).toISOString(), text, deleted,
    editedAt: edit && new Date(edit.editedAtMs).toISOString(),
    replyTo: replyTo && { senderId: replyTo.senderId, messageId: replyTo.messageId },
  };
}
