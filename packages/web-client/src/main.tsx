import { ParleyClient } from '@parley/client/client';
import { IndexedDbStorage } from '@parley/client/storages/indexed-db';
import { grpcWebTransport } from '@parley/client/transports/grpc-web';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { serverUrls } from './server-list.ts';
import './style.css';

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element with the id "page"');

const servers = await serverUrls(window.location.origin);
const parley = new ParleyClient({ servers, transport: grpcWebTransport, storage: new IndexedDbStorage('parley') });
// Else the page would show the sign-in form for a moment to somebody who is signed in.
await parley.ready;

createRoot(root).render(
  <StrictMode>
    <App parley={parley} />
  </StrictMode>,
);
