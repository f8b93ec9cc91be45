import type { ExportPosition, ParleyApi } from './api.ts';
import { Failure } from './failure.ts';

/** How far an export has come. */
export interface ExportProgress {
  readonly messages: number;
  /** Conversations that are done, of how many. */
  readonly conversations: number;
  readonly of: number;
}

type Exporter = Pick<ParleyApi, 'getSnapshot' | 'exportConversations' | 'exportMessages'>;

/**
 * All that the signed-in account has, as a JSON document in pieces: who it is, its conversations, and their messages, the newest first; not what it deleted for itself. It
 * is read page by page, on the next server where one fails, so that a long history takes no memory here. Rejects with a Failure where no server answers.
 */
export async function* exportData(client: Exporter, tell: (progress: ExportProgress) => void = () => undefined): AsyncGenerator<string> {
  const { session } = client.getSnapshot();
  if (session.status !== 'signed-in') throw new Failure('SESSION_INVALID', 'You are signed out. Sign in, then try again.');
  const { accountId, username } = session;
  const conversations = await client.exportConversations();
  yield `{"format":"parley-export-1","account":${JSON.stringify({ accountId, username })},"conversations":[`;
  let messages = 0;
  for (const [at, conversation] of conversations.entries()) {
    yield `${at > 0 ? ',' : ''}\n{"conversationId":${JSON.stringify(conversation.conversationId)},"with":${JSON.stringify(conversation.with)},"messages":[`;
    let isFirst = true;
    for (let before: ExportPosition | undefined, more = true; more; more = before !== undefined) {
      const page = await client.exportMessages(conversation.conversationId, before);
      for (const message of page.messages) {
        yield `${isFirst ? '' : ','}\n${JSON.stringify(message)}`;
        isFirst = false;
      }
      messages += page.messages.length;
      tell({ messages, conversations: at, of: conversations.length });
      before = page.next;
    }
    yield ']}';
    tell({ messages, conversations: at + 1, of: conversations.length });
  }
  yield ']}\n';
}
