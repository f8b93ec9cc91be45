import { type KeyboardEvent, type ReactNode, type RefObject, useId, useRef } from 'react';
import { IconButton } from '../ui/button.tsx';
import { CheckIcon, SendIcon } from '../ui/icons.tsx';
import { sendOnKey, sendOnSubmit } from '../ui/send-key.ts';
import { words } from '../words.ts';
import { useGrowingBox } from './use-growing-box.ts';

/** The server's limit, in Unicode code points. */
const TEXT_MAX = 8_000;
/** From here on the composer counts down. */
const WARN_WITHIN = 500;
/** 'bob is typing…' holds for five seconds where it arrives. */
const TYPING_EVERY_MS = 3_000;

interface ComposerProps {
  /** Shown while the box is empty. */
  readonly placeholder: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** `save`: a message that is there already is changed. */
  readonly purpose: 'send' | 'save';
  readonly onSend: (text: string) => void;
  readonly onTyping: () => void;
  /** Arrow up in an empty box. */
  readonly onRecall: () => void;
  /** Escape; undefined where there is nothing to leave. */
  readonly onLeave: (() => void) | undefined;
  readonly box: RefObject<HTMLTextAreaElement | null>;
  /** Above the text, in the same frame: what is answered or changed. */
  readonly children?: ReactNode;
}

/** Where a message is written: Enter sends, Shift+Enter breaks the line. It stays usable when no server answers. */
export function Composer({ placeholder, text, onChange, purpose, onSend, onTyping, onRecall, onLeave, box, children }: ComposerProps) {
  const id = useId();
  const typingToldAt = useRef(0);
  useGrowingBox(box, text);
  const left = TEXT_MAX - (text.length > TEXT_MAX - WARN_WITHIN ? Array.from(text).length : text.length);
  const sendable = text.trim() !== '' && left >= 0;

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

  const onKeyDown = (event: KeyboardEvent): void => {
    const plain = !event.nativeEvent.isComposing && !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (plain && event.key === 'ArrowUp' && text === '') {
      event.preventDefault();
      onRecall();
    } else if (plain && event.key === 'Escape' && onLeave !== undefined) {
      event.preventDefault();
      onLeave();
    } else sendOnKey(event, send);
  };

  return (
    <form className="composer" onSubmit={(event) => sendOnSubmit(event, send)}>
      <div className="composer-frame">
        {children}
        <div className="composer-row">
          <label htmlFor={id} className="spoken-only">
            {words.composer.label}
          </label>
          <textarea
            id={id}
            ref={box}
            rows={1}
            dir="auto"
            value={text}
            placeholder={placeholder}
            enterKeyHint="send"
            aria-invalid={left < 0}
            aria-describedby={left < WARN_WITHIN ? `${id}-left` : undefined}
            onChange={(event) => change(event.target.value)}
            onKeyDown={onKeyDown}
          />
          <IconButton
            type="submit"
            className="composer-send"
            name={purpose === 'send' ? words.composer.send : words.composer.save}
            icon={purpose === 'send' ? <SendIcon /> : <CheckIcon />}
            aria-disabled={!sendable}
          />
        </div>
      </div>
      {left < WARN_WITHIN && (
        <p id={`${id}-left`} className={left < 0 ? 'composer-left problem' : 'composer-left hint'}>
          {left < 0 ? words.composer.tooLong(-left) : words.composer.left(left)}
        </p>
      )}
    </form>
  );
}
