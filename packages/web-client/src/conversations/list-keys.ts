import type { KeyboardEvent } from 'react';

/** Arrow keys, Home and End lead through the list's links; from the search box the arrow down, and Enter, lead to the first. Escape empties the box. */
export function moveThroughList(event: KeyboardEvent<HTMLElement>, clearSearch: () => void): void {
  if (event.nativeEvent.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.list a')];
  if (event.target instanceof HTMLInputElement) {
    if (event.key === 'ArrowDown') moveTo(links[0], event);
    if (event.key === 'Enter' && event.target.value.trim() !== '') links[0]?.click();
    if (event.key === 'Escape' && event.target.value !== '') {
      event.stopPropagation();
      clearSearch();
    }
    return;
  }
  const at = links.findIndex((link) => link === event.target);
  if (at === -1) return;
  const search = event.currentTarget.querySelector<HTMLElement>('input');
  const to = { ArrowUp: links[at - 1] ?? search, ArrowDown: links[at + 1], Home: links[0], End: links.at(-1) }[event.key];
  moveTo(to, event);
}

function moveTo(element: HTMLElement | null | undefined, event: KeyboardEvent): void {
  if (!element) return;
  event.preventDefault();
  element.focus();
}
