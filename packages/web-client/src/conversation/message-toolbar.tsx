import type { MessageView } from '@parley/client/api';
import type { KeyboardEvent } from 'react';
import { IconButton } from '../ui/button.tsx';
import { CopyIcon, EditIcon, ReplyIcon } from '../ui/icons.tsx';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { words } from '../words.ts';
import type { MessageActions } from './message-item.tsx';

interface MessageToolbarProps {
  readonly message: MessageView;
  readonly actions: MessageActions;
  /** Id of the element with the message's text. */
  readonly describedBy: string;
  /** Tab stops at one message only; arrow keys lead to the others. */
  readonly tabStop: boolean;
  /** The pointer or the focus is on the message, or was: only then what is done most has a button of its own. A long conversation would have thousands otherwise. */
  readonly reached: boolean;
  readonly onFocus: () => void;
}

/** Beside a message: a button for each thing that is done most, where there is room and a pointer that hovers, and a menu of all. Tab leads to the menu, Left and Right to the others. */
export function MessageToolbar({ message, actions, describedBy, tabStop, reached, onFocus }: MessageToolbarProps) {
  const items = itemsOf(message, actions);
  const quick = reached ? items.filter(({ icon }) => icon !== undefined) : [];
  return (
    <div className="message-toolbar" role="toolbar" aria-label={words.conversation.toolbar} aria-describedby={describedBy} onKeyDown={moveAlong} onFocus={onFocus}>
      {quick.map(({ name, icon, run }) => (
        <IconButton key={name} className="message-quick" name={name} icon={icon} tabIndex={-1} onClick={run} />
      ))}
      <Menu name={words.conversation.actions} items={items} describedBy={describedBy} tabIndex={tabStop ? 0 : -1} />
    </div>
  );
}

/** Those with an icon are done most. */
function itemsOf(message: MessageView, actions: MessageActions): readonly MenuItem[] {
  const forMe = { name: words.conversation.deleteForMe, run: () => actions.onDeleteForMe(message) };
  if (message.deleted) return [forMe];
  const { onReply, onChange } = actions;
  const common = [
    ...(onReply ? [{ name: words.conversation.reply, icon: <ReplyIcon />, run: () => onReply(message) }] : []),
    ...(onChange && message.mine ? [{ name: words.conversation.edit, icon: <EditIcon />, run: () => onChange(message) }] : []),
    { name: words.conversation.copy, icon: <CopyIcon />, run: () => actions.onCopy(message) },
    forMe,
  ];
  if (!message.mine) return common;
  return [...common, { name: words.conversation.deleteForEveryone, danger: true, run: () => actions.onDeleteForEveryone(message) }];
}

/** Left and Right move the focus from one button to the next that can be seen. */
function moveAlong(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll('button')].filter((button) => getComputedStyle(button).display !== 'none');
  const next = buttons[buttons.findIndex((button) => button === document.activeElement) + step];
  event.preventDefault();
  next?.focus();
}
