import type { RefObject } from 'react';
import { words } from '../words.ts';

/** Leads the keyboard past the list, which may be long, to what stands beside it. To be seen only while it has the focus. */
export function SkipLink({ screen }: { readonly screen: RefObject<HTMLElement | null> }) {
  function skip(): void {
    const beside = screen.current?.querySelector('nav')?.nextElementSibling;
    if (!(beside instanceof HTMLElement)) return;
    beside.tabIndex = -1;
    beside.focus();
  }
  return (
    <button type="button" className="skip-link" onClick={skip}>
      {words.skip}
    </button>
  );
}
