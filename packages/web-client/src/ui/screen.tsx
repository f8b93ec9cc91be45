import type { ReactNode } from 'react';
import { words } from '../words.ts';

/** What a narrow window shows of a screen; a wide one shows all of it. */
export type View = 'list' | 'main' | 'panel';

interface ScreenProps {
  readonly view: View;
  /** Beside the rest: a Panel, if one is open. */
  readonly panel: ReactNode;
  readonly children: ReactNode;
}

/** The frame of every screen, with the landmark and the heading that it has in all views. */
export function Screen({ view, panel, children }: ScreenProps) {
  return (
    <div className="screen" data-view={view}>
      <main className="screen-main">
        <h1 className="spoken-only">{words.name}</h1>
        {children}
      </main>
      {panel}
    </div>
  );
}
