import { type ReactNode, useEffect, useId, useRef } from 'react';
import { words } from '../words.ts';
import { IconButton } from './button.tsx';
import { BackIcon, CloseIcon } from './icons.tsx';

interface PanelProps {
  readonly title: string;
  /** Id of the button that opens it: where the focus goes when it closes. By its id, since another conversation's head may have taken the place of the one that was pressed. */
  readonly openerId: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A view beside the conversation, or in its place where the window is narrow. Takes the focus, and gives it back to what opens it. */
export function Panel({ title, openerId, onClose, children }: PanelProps) {
  const titleId = useId();
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    heading.current?.focus();
    return () => document.getElementById(openerId)?.focus();
  }, [openerId]);

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
