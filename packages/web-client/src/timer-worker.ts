/** The script of the worker that keeps time for an engine in this page, where there is no SharedWorker. */
import { serveTimers, type TimerPort } from '@parley/client/tabs/worker-clock';

serveTimers(globalThis as unknown as TimerPort);
