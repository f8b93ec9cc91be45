/** The script of the SharedWorker in which the page's engine runs, for all tabs. */
import { serveTabs, type WorkerScope } from '@parley/client/tabs/serve-tabs';
import { createClient } from './create-client.ts';

serveTabs(globalThis as unknown as WorkerScope, createClient(globalThis.location.origin));
