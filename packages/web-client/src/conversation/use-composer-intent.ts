import type { MessageView } from '@parley/client/api';
import { useCallback, useMemo, useState } from 'react';

/** What the composer is for just now, besides writing a new message: answering a message, or changing one of one's own. */
export interface ComposerIntent {
  readonly kind: 'reply' | 'edit';
  readonly message: MessageView;
}

/** The intent of a conversation's composer, and what sets it: a message's actions, or a key in the composer. */
export interface ComposerIntents {
  readonly intent: ComposerIntent | undefined;
  readonly reply: (message: MessageView) => void;
  readonly edit: (message: MessageView) => void;
  /** Back to writing a new message. */
  readonly clear: () => void;
}

/** One for each open conversation. The functions stay the same from one rendering to the next. */
export function useComposerIntent(): ComposerIntents {
  const [intent, setIntent] = useState<ComposerIntent>();
  const reply = useCallback((message: MessageView) => setIntent({ kind: 'reply', message }), []);
  const edit = useCallback((message: MessageView) => setIntent({ kind: 'edit', message }), []);
  const clear = useCallback(() => setIntent(undefined), []);
  return useMemo(() => ({ intent, reply, edit, clear }), [intent, reply, edit, clear]);
}
