import { Component, type ReactNode } from 'react';
import { words } from '../words.ts';
import { Button } from './button.tsx';

/** Shown in place of the page when rendering it failed: a blank page would tell people nothing. React reports the error to the console. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="crashed" role="alert">
        <h1>{words.crashed.title}</h1>
        <p>{words.crashed.text}</p>
        <Button tone="primary" onClick={() => window.location.reload()}>
          {words.crashed.reload}
        </Button>
      </main>
    );
  }
}
