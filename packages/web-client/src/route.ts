import { type MouseEvent, useSyncExternalStore } from 'react';

/** What the page shows, kept in the address's fragment: reloading keeps it, and the browser's Back leads out of a view. */
export interface Route {
  readonly conversationId: string | undefined;
  readonly panel: Panel | undefined;
}
/** `details`: of the open conversation. */
export type Panel = 'servers' | 'settings' | 'details';
const PANELS: readonly string[] = ['servers', 'settings', 'details'] satisfies readonly Panel[];

/** Id of the button that opens a panel. */
export const openerIdOf = (panel: Panel): string => `open-${panel}`;

export const HOME: Route = { conversationId: undefined, panel: undefined };

/** The fragment of a route: `#conversation=…&panel=servers`, `#` for the start. */
export function hrefOf({ conversationId, panel }: Route): string {
  const parameters = new URLSearchParams();
  if (conversationId !== undefined) parameters.set('conversation', conversationId);
  if (panel !== undefined) parameters.set('panel', panel);
  return `#${parameters.toString()}`;
}

/** The route of a fragment; what is not understood is left out. */
export function routeOf(fragment: string): Route {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''));
  const conversationId = parameters.get('conversation') ?? '';
  const panel = parameters.get('panel');
  return {
    conversationId: conversationId === '' ? undefined : conversationId,
    panel: isPanel(panel) ? panel : undefined,
  };
}

const isPanel = (name: string | null): name is Panel => name !== null && PANELS.includes(name);

const listeners = new Set<() => void>();
const notify = (): void => listeners.forEach((listener) => listener());

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('popstate', notify);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('popstate', notify);
  };
}

/** The current fragment; compared as text, so equal routes do not render again. */
export function useRoute(): Route {
  return routeOf(useSyncExternalStore(subscribe, () => window.location.hash));
}

/** What a history entry that this page made remembers: the fragment of the view that it was opened from. */
const openedFrom = (): unknown => window.history.state;

const currentHref = (): string => hrefOf(routeOf(window.location.hash));

/** Goes to a view; the browser's Back comes back from it. */
export function navigate(route: Route): void {
  if (hrefOf(route) === currentHref()) return;
  window.history.pushState(currentHref(), '', hrefOf(route));
  notify();
}

/** Shows another view in place of this one, without a step in the history. */
export function replace(route: Route): void {
  window.history.replaceState(null, '', hrefOf(route));
  notify();
}

/** Leaves a view for `route`: a step back in the history where that leads there, so that Back never leads in again. */
export function leave(route: Route): void {
  if (openedFrom() === hrefOf(route)) window.history.back();
  else replace(route);
}

/** Attributes of an `<a>` that goes to a view; with a modifier key or another button the browser does as it always does. */
export function linkTo(route: Route): { readonly href: string; readonly onClick: (event: MouseEvent) => void } {
  return {
    href: hrefOf(route),
    onClick: (event) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      navigate(route);
    },
  };
}
