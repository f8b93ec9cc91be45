import type { AccountView, TimelineView } from '@parley/client/api';
import { useCallback, useEffect, useRef } from 'react';
import { failureOf } from '../failure.ts';
import { nameOf } from '../name.ts';
import { Awaited } from '../servers/awaited.tsx';
import { Button } from '../ui/button.tsx';
import { useToast } from '../ui/toast.tsx';
import { useParley, useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { ConversationHead } from './conversation-head.tsx';
import { DeleteForEveryone } from './delete-for-everyone.tsx';
import { returnToDraft } from './drafts.ts';
import { keyOf } from './rows.ts';
import { Timeline } from './timeline.tsx';
import { useComposerIntent } from './use-composer-intent.ts';
import { useFirstNew } from './use-first-new.ts';
import { useFocused } from './use-focused.ts';
import { useJump } from './use-jump.ts';
import { useKeptEdits } from './use-kept-edits.ts';
import { useMarkRead } from './use-mark-read.ts';
import { useMessageActions } from './use-message-actions.ts';
import { useOpening } from './use-opening.ts';
import { useSeen } from './use-seen.ts';
import { useTimelineScroll } from './use-timeline-scroll.ts';
import { Writing } from './writing.tsx';

const EMPTY: TimelineView = { messages: [], more: false, loading: false };

interface ConversationProps {
  readonly conversationId: string;
  readonly other: AccountView;
  /** The id of one's own account. */
  readonly self: string;
  readonly onBack: () => void;
  readonly detailsOpen: boolean;
  readonly onDetails: () => void;
}

/** One conversation: who it is with, its messages, and where to write. Needs the conversation's id as its key: all its state is that conversation's. */
export function Conversation({ conversationId, other, self, onBack, detailsOpen, onDetails }: ConversationProps) {
  const parley = useParley();
  const toast = useToast();
  const conversation = useSnapshot((snapshot) => snapshot.conversations?.find((one) => one.conversationId === conversationId));
  const loaded = useSnapshot((snapshot) => snapshot.timelines.get(conversationId));
  const { opening, retry } = useOpening(conversationId);
  const timeline = loaded ?? (opening.status === 'open' ? EMPTY : undefined);
  // The bar says it then, and what failed is tried again by itself.
  const isCutOff = useSnapshot((snapshot) => snapshot.connection.status === 'reconnecting');
  const problem = opening.status === 'failed' && !isCutOff ? opening.problem : undefined;
  // Until then a message or two may be known, but not what else is unread.
  const opened = opening.status === 'open';
  const name = nameOf(other, self);
  const unreadCount = conversation?.unreadCount ?? 0;

  const intents = useComposerIntent(self, conversationId);
  const composer = useRef<HTMLTextAreaElement>(null);
  const refocus = useCallback(() => composer.current?.focus(), []);
  const restore = useCallback((text: string) => returnToDraft(self, conversationId, text), [self, conversationId]);
  const log = useRef<HTMLDivElement>(null);
  const { jump, targetKey } = useJump(conversationId, log);
  const { actions, asked, closeAsked } = useMessageActions({ restore: other.deleted ? undefined : restore, refocus, intents, jump });

  const scroll = useTimelineScroll(log, loaded?.messages, opened);
  const watching = useFocused() && scroll.atEnd;
  const line = useFirstNew(opened ? loaded?.messages : undefined, watching);
  const lateIsSeen = useSeen(log, line.late ? line.key : undefined, loaded?.messages);
  const newest = loaded?.messages.at(-1);
  useMarkRead(conversationId, unreadCount, newest && keyOf(newest), watching && opened && lateIsSeen);

  useKeptEdits(self, conversationId, loaded?.messages);

  useEffect(() => {
    // On a touch screen the keyboard would rise over what is to be read.
    if (!window.matchMedia?.('(pointer: coarse)').matches) refocus();
  }, [refocus]);

  // Answering is reading; without a server it stays unread until one is back.
  const readOnSending = (): void => {
    if (unreadCount > 0) parley.markRead(conversationId).catch(() => undefined);
  };
  const loadOlder = (): void => {
    parley.loadOlder(conversationId).catch((error: unknown) => toast({ text: words.conversation.olderFailed(failureOf(error).text) }));
  };

  return (
    <section className="conversation" aria-label={name}>
      <ConversationHead other={other} self={self} onBack={onBack} detailsOpen={detailsOpen} onDetails={onDetails} />
      {problem !== undefined && (
        <div className="conversation-problem" role="alert">
          <p className="problem">{words.conversation.openFailed(problem)}</p>
          <Button onClick={retry}>{words.conversation.tryAgain}</Button>
        </div>
      )}
      <Timeline
        log={log}
        timeline={timeline}
        placeholder={problem === undefined && <Awaited lines={5} unreachable={words.conversation.unreachable} />}
        otherName={name}
        own={other.accountId === self}
        firstNewKey={line.key}
        lateIsSeen={lateIsSeen}
        targetKey={targetKey}
        scroll={scroll}
        actions={actions}
        onLoadOlder={loadOlder}
      />
      <p className="typing" aria-live="polite">
        {conversation?.typing === true && words.conversation.typing(name)}
      </p>
      {other.deleted ? (
        <p className="conversation-gone">{words.conversation.gone}</p>
      ) : (
        <Writing conversationId={conversationId} other={other} self={self} intents={intents} box={composer} onSent={readOnSending} />
      )}
      {asked !== undefined && <DeleteForEveryone message={asked} onClose={closeAsked} />}
    </section>
  );
}
