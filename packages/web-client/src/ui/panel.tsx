import { type ReactNode, useEffect, useId, useRef } from 'react';
import { words } from '../words.ts';
import { IconButton } from './button.tsx';
import { BackIcon, CloseIcon } from './icons.tsx';

interface PanelProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A view beside the conversation, or in its place where the window is narrow. Takes the focus, and gives it back to what opened it. */
export function Panel({ title, onClose, children }: PanelProps) {
  const titleId = useId();
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    const opener = document.activeElement;
    heading.current?.focus();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  return (
    <aside className="panel" aria-labelledby={titleId} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <header className="panel-head">
        <IconButton className="narrow-only" name={words.conversation.back} icon={<BackIcon />} onClick={onClose} />
        <h2 id={titleId} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <IconButton className="wide-only" name={words.close} icon={<CloseIcon />} onClick={onClose} />
      </header>
      <div className="panel-body">{children}</div>
    </aside>
  );
}
