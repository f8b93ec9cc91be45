import type { AccountView, MessageView } from '@parley/client/api';
import { type RefObject, useEffect, useState } from 'react';
import { nameOf } from '../name.ts';
import { useParley, useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { Composer } from './composer.tsx';
import { ComposerBar } from './composer-bar.tsx';
import { changeDraft, useDraft } from './drafts.ts';
import { holdUntilKept } from './held-text.ts';
import { lastIndexOf } from './rows.ts';
import type { ComposerIntent, ComposerIntents } from './use-composer-intent.ts';
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
  const [changed, setChanged] = useChangedText(intent);
  const message = useCurrent(intent?.message);
  const saveEdit = useSaveEdit(conversationId);
  const name = nameOf(other, self);
  const isEdit = intent?.kind === 'edit';

  useEffect(() => {
    if (intent === undefined) return;
    box.current?.focus();
    box.current?.setSelectionRange(box.current.value.length, box.current.value.length);
  }, [intent, box]);

  function send(text: string): void {
    const { senderId, messageId } = intent?.message ?? {};
    const replyTo = senderId === undefined || messageId === undefined ? undefined : { senderId, messageId };
    const sent = parley.send(conversationId, text, ...(replyTo ? [{ replyTo }] : []));
    const restore = (refused: string): void => changeDraft(self, conversationId, (before) => (before === '' ? refused : `${refused}\n${before}`));
    holdUntilKept(parley, self, { recipientId: other.accountId, messageId: sent, text, replyTo }, restore);
    setDraft('');
    intents.clear();
    onSent();
  }

  function save(text: string): void {
    if (intent !== undefined && text !== message?.text) saveEdit(intent.message.messageId, text);
    intents.clear();
    box.current?.focus();
  }

  const recall = (): void => {
    const last = parley.getSnapshot().timelines.get(conversationId)?.messages.findLast((one) => one.mine && !one.deleted);
    if (last !== undefined && intent === undefined) intents.edit(last);
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
      {intent !== undefined && message !== undefined && (
        <ComposerBar kind={intent.kind} message={message} sender={message.mine ? words.composer.yourself : name} onClose={leave} />
      )}
    </Composer>
  );
}

/** The text that a message is being changed to: at first the one that it has. */
function useChangedText(intent: ComposerIntent | undefined): readonly [string, (text: string) => void] {
  const [text, setText] = useState('');
  const [of, setOf] = useState<ComposerIntent>();
  if (intent !== of) {
    setOf(intent);
    setText(intent?.kind === 'edit' ? intent.message.text : '');
  }
  return [text, setText];
}

/** A message as it is now: it may have been deleted or changed since it was chosen. */
function useCurrent(message: MessageView | undefined): MessageView | undefined {
  const now = useSnapshot((snapshot) => {
    const messages = message && snapshot.timelines.get(message.conversationId)?.messages;
    return message && messages?.[lastIndexOf(messages, message)];
  });
  return now ?? message;
}
