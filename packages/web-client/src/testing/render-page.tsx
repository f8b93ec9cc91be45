import { act, fireEvent, render, screen } from '@testing-library/react';
import { App } from '../app.tsx';
import { forgetTexts } from '../conversation/kept-texts.ts';
import type { MemoryParley } from './memory-parley.ts';
import { account } from './views.ts';

// jsdom knows the dialog element, but not how to open it.
if (!('showModal' in HTMLDialogElement.prototype)) {
  Object.assign(HTMLDialogElement.prototype, {
    showModal(this: HTMLDialogElement): void {
      this.setAttribute('open', '');
    },
    close(this: HTMLDialogElement): void {
      this.removeAttribute('open');
    },
  });
}

/** Renders the whole page, at the start and without drafts, on a client in memory. */
export function renderPage(parley: MemoryParley): void {
  forgetTexts();
  window.history.replaceState(null, '', '#');
  render(<App parley={parley} />);
}

/** Opens the conversation with a person, from the list. */
export async function openConversationWith(username: string): Promise<void> {
  await click(screen.getByRole('link', { name: new RegExp(username) }));
}

/** Does something, and lets everything that follows at once happen: promises that it started, too. */
export async function settle(action: () => void): Promise<void> {
  await act(() => {
    action();
    return Promise.resolve();
  });
}

export const click = (element: HTMLElement): Promise<void> => settle(() => fireEvent.click(element));

export const clickButton = (name: string): Promise<void> => click(screen.getByRole('button', { name }));

export function type(label: string, text: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value: text } });
}

/** Presses a key; true when the page left it to the browser, as Enter that breaks a line. */
export const press = (element: HTMLElement, key: string, more: object = {}): boolean => fireEvent.keyDown(element, { key, ...more });

export const conversationWith = (username: string): string => `with ${account(username).accountId}`;

export const messages = (): readonly HTMLElement[] => [...screen.getByRole('log').querySelectorAll<HTMLElement>('[data-message-id]')];
