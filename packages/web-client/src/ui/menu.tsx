import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { IconButton } from './button.tsx';
import { MoreIcon } from './icons.tsx';

export interface MenuItem {
  readonly name: string;
  readonly icon?: ReactNode;
  readonly danger?: boolean;
  readonly run: () => void;
}

interface MenuProps {
  readonly name: string;
  readonly items: readonly MenuItem[];
  /** What the menu is about: the id of an element with the words. */
  readonly describedBy: string;
  /** 0 where Tab stops at it, else -1. */
  readonly tabIndex: 0 | -1;
}

/** Which edges of the button and of its list are aligned. */
interface Place {
  readonly block: 'above' | 'below';
  readonly side: 'left' | 'right';
}

/** The list stays so far from the edges of the window. */
const MARGIN_PX = 8;

/** Towards the middle of the window, where there is room. */
function placeBeside(button: HTMLElement): Place {
  const { top, left, right } = button.getBoundingClientRect();
  return { block: top > window.innerHeight / 2 ? 'above' : 'below', side: left + right > window.innerWidth ? 'right' : 'left' };
}

/** Moves a list that would be cut off, as in a window that is hardly wider than it. */
function moveIntoWindow(list: HTMLElement): void {
  const { left, right } = list.getBoundingClientRect();
  const shift = Math.max(MARGIN_PX - left, Math.min(0, window.innerWidth - MARGIN_PX - right));
  if (shift !== 0) list.style.setProperty('translate', `${shift}px`);
}

/** A button that opens a short list of actions: arrow keys move, Enter runs, Escape closes, and the focus returns to the button. */
export function Menu({ name, items, describedBy, tabIndex }: MenuProps) {
  const [opened, setOpened] = useState<Place>();
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (opened !== undefined && list.current !== null) moveIntoWindow(list.current);
  }, [opened]);

  useEffect(() => {
    if (opened === undefined) return undefined;
    const closeOutside = (event: PointerEvent): void => {
      const inside = event.target instanceof Node && (list.current?.contains(event.target) || button.current?.contains(event.target));
      if (!inside) setOpened(undefined);
    };
    list.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    document.addEventListener('pointerdown', closeOutside);
    return () => document.removeEventListener('pointerdown', closeOutside);
  }, [opened]);

  const toggle = (): void => setOpened(opened === undefined && button.current !== null ? placeBeside(button.current) : undefined);
  const close = (): void => {
    button.current?.focus();
    setOpened(undefined);
  };

  function move(event: KeyboardEvent): void {
    const entries = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = entries.findIndex((entry) => entry === document.activeElement);
    const to = { ArrowDown: (at + 1) % entries.length, ArrowUp: (at - 1 + entries.length) % entries.length, Home: 0, End: entries.length - 1 }[
      event.key
    ];
    if (event.key === 'Escape' || event.key === 'Tab') close();
    if (to !== undefined) entries[to]?.focus();
    if (to !== undefined || event.key === 'Escape') event.preventDefault();
    // The list of messages around it moves by arrow keys too.
    event.stopPropagation();
  }

  return (
    <div className="menu">
      <IconButton
        ref={button}
        name={name}
        icon={<MoreIcon />}
        tabIndex={tabIndex}
        aria-haspopup="menu"
        aria-expanded={opened !== undefined}
        aria-controls={opened && id}
        aria-describedby={describedBy}
        onClick={toggle}
      />
      {opened !== undefined && (
        <div
          ref={list}
          id={id}
          role="menu"
          aria-label={name}
          className="menu-list"
          data-block={opened.block}
          data-side={opened.side}
          onKeyDown={move}
        >
          {items.map((item) => (
            <button
              key={item.name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={item.danger ? 'menu-item menu-danger' : 'menu-item'}
              onClick={() => {
                close();
                item.run();
              }}
            >
              {item.name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
