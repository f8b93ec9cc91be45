import { type ReactNode, useRef } from 'react';
import { words } from '../words.ts';
import { SkipLink } from './skip-link.tsx';

/** What a narrow window shows of a screen; a wide one shows all of it. */
export type View = 'list' | 'main' | 'panel';

interface ScreenProps {
  readonly view: View;
  /** Beside the rest: a Panel, if one is open. */
  readonly panel: ReactNode;
  /** There is a list to skip. */
  readonly skip?: boolean;
  readonly children: ReactNode;
}

/** The frame of every screen, with the landmark and the heading that it has in all views. */
export function Screen({ view, panel, skip = true, children }: ScreenProps) {
  const main = useRef<HTMLElement>(null);
  return (
    <div className="screen" data-view={view}>
      <main ref={main} className="screen-main">
        {skip && <SkipLink screen={main} />}
        <h1 className="spoken-only">{words.name}</h1>
        {children}
      </main>
      {panel}
    </div>
  );
}
