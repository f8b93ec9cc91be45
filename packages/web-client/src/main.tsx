import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { openParley } from './open-parley.ts';
import { followTheme } from './settings/theme.ts';
import { keepShell } from './shell/keep-shell.ts';
import './style.css';
import './ui/ui.css';
import './welcome/welcome.css';
import './servers/servers.css';
import './conversation/timeline.css';
import './conversation/composer.css';
import './conversations/conversations.css';
import './details/details.css';
// Last, since it has the last word where a window is narrow.
import './narrow.css';

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element with the id "page"');

followTheme();
keepShell();
const parley = openParley();
// Else the page would show the sign-in form for a moment to somebody who is signed in.
await parley.ready;

createRoot(root).render(
  <StrictMode>
    <App parley={parley} />
  </StrictMode>,
);
