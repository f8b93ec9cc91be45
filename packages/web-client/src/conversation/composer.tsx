import { type Ref, useId, useLayoutEffect, useRef } from 'react';
import { Button } from '../ui/button.tsx';
import { SendIcon } from '../ui/icons.tsx';
import { sendOnKey, sendOnSubmit } from '../ui/send-key.ts';
import { words } from '../words.ts';

/** The server's limit, in Unicode code points. */
const TEXT_MAX = 8_000;
/** From here on the composer counts down. */
const WARN_WITHIN = 500;
/** 'bob is typing…' holds for five seconds where it arrives. */
const TYPING_EVERY_MS = 3_000;

interface ComposerProps {
  /** Who will read it. */
  readonly to: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly onSend: (text: string) => void;
  readonly onTyping: () => void;
  readonly ref: Ref<HTMLTextAreaElement>;
}

/** Where a message is written: Enter sends, Shift+Enter breaks the line. It stays usable when no server answers. */
export function Composer({ to, text, onChange, onSend, onTyping, ref }: ComposerProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const typingToldAt = useRef(0);
  const left = TEXT_MAX - (text.length > TEXT_MAX - WARN_WITHIN ? Array.from(text).length : text.length);
  const sendable = text.trim() !== '' && left >= 0;

  useLayoutEffect(() => {
    const box = form.current?.querySelector('textarea');
    if (!box) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
  }, [text]);

  function send(): void {
    if (!sendable) return;
    typingToldAt.current = 0;
    onSend(text);
  }

  const change = (next: string): void => {
    onChange(next);
    const now = Date.now();
    if (next.trim() === '' || now - typingToldAt.current < TYPING_EVERY_MS) return;
    typingToldAt.current = now;
    onTyping();
  };

  return (
    <form ref={form} className="composer" onSubmit={(event) => sendOnSubmit(event, send)}>
      <label htmlFor={id} className="spoken-only">
        {words.composer.label}
      </label>
      <textarea
        id={id}
        ref={ref}
        rows={1}
        dir="auto"
        value={text}
        placeholder={words.composer.placeholder(to)}
        enterKeyHint="send"
        aria-invalid={left < 0}
        aria-describedby={left < WARN_WITHIN ? `${id}-left` : undefined}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => sendOnKey(event, send)}
      />
      <Button type="submit" tone="primary" className="composer-send" aria-disabled={!sendable}>
        <SendIcon />
        <span className="composer-send-word">{words.composer.send}</span>
      </Button>
      {left < WARN_WITHIN && (
        <p id={`${id}-left`} className={left < 0 ? 'composer-left problem' : 'composer-left hint'}>
          {left < 0 ? words.composer.tooLong(-left) : words.composer.left(left)}
        </p>
      )}
    </form>
  );
}
