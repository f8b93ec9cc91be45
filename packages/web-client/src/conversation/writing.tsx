import type { AccountView, MessageKey, MessageView } from '@parley/client/api';
import { type RefObject, useState } from 'react';
import { nameOf } from '../name.ts';
import { useParley, useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { Composer } from './composer.tsx';
import { ComposerBar } from './composer-bar.tsx';
import { returnToDraft, useDraft } from './drafts.ts';
import { holdUntilKept } from './held-text.ts';
import { keyOf, lastIndexOf } from './rows.ts';
import { type ComposerIntents, useChangedText } from './use-composer-intent.ts';
import { useSaveEdit } from './use-save-edit.ts';

interface WritingProps {
  readonly conversationId: string;
  readonly other: AccountView;
  /** The id of one's own account. */
  readonly self: string;
  readonly intents: ComposerIntents;
  readonly box: RefObject<HTMLTextAreaElement | null>;
  /** A message has left. */
  readonly onSent: () => void;
}

/**
 * Writing in a conversation: its draft, and what answers or changes a message. While one is changed the draft waits and is untouched. It is apart from the
 * conversation so that typing renders nothing but this.
 */
export function Writing({ conversationId, other, self, intents, box, onSent }: WritingProps) {
  const parley = useParley();
  const { intent } = intents;
  const [draft, setDraft] = useDraft(self, conversationId);
  const [changed, setChanged] = useChangedText(self, conversationId);
  const message = useLoaded(conversationId, intent);
  const saveEdit = useSaveEdit(self, conversationId);
  const name = nameOf(other, self);
  const isEdit = intent?.kind === 'edit';

  function send(text: string): void {
    const replyTo = intent && { senderId: intent.senderId, messageId: intent.messageId };
    const sent = parley.send(conversationId, text, ...(replyTo ? [{ replyTo }] : []));
    holdUntilKept(parley, self, { recipientId: other.accountId, messageId: sent, text, replyTo }, (refused) => returnToDraft(self, conversationId, refused));
    setDraft('');
    intents.clear();
    onSent();
  }

  function save(text: string): void {
    if (intent !== undefined && text !== message?.text) saveEdit(intent.messageId, text);
    intents.clear();
    box.current?.focus();
  }

  const recall = (): void => {
    const last = parley.getSnapshot().timelines.get(conversationId)?.messages.findLast((one) => one.mine && !one.deleted);
    if (last !== undefined && intent === undefined) intents.edit(last, last.text);
  };
  const leave = (): void => {
    intents.clear();
    box.current?.focus();
  };

  return (
    <Composer
      box={box}
      placeholder={other.accountId === self ? words.composer.placeholderSelf : words.composer.placeholder(name)}
      text={isEdit ? changed : draft}
      onChange={isEdit ? setChanged : setDraft}
      purpose={isEdit ? 'save' : 'send'}
      onSend={isEdit ? save : send}
      onTyping={() => parley.typing(conversationId)}
      onRecall={recall}
      onLeave={intent && leave}
    >
      {intent !== undefined && (
        <ComposerBar kind={intent.kind} message={message} sender={intent.senderId === self ? words.composer.yourself : name} onClose={leave} />
      )}
    </Composer>
  );
}

/** A message as it is now, or was when it was last loaded; undefined before that. */
function useLoaded(conversationId: string, key: MessageKey | undefined): MessageView | undefined {
  const now = useSnapshot((snapshot) => {
    const messages = key && snapshot.timelines.get(conversationId)?.messages;
    return key && messages?.[lastIndexOf(messages, key)];
  });
  const [last, setLast] = useState<MessageView>();
  if (now !== undefined && now !== last) setLast(now);
  return now ?? (last && key && keyOf(last) === keyOf(key) ? last : undefined);
}
