import { systemClock } from '../clock.ts';
import { EngineHost, type ServedClient } from './engine-host.ts';
import { messagePort } from './engine-port.ts';

/** As much of a SharedWorker's global as is used. */
export interface WorkerScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

/** The whole of a SharedWorker's script: serves the client to every tab that connects. Has to be called before the script waits for anything, or the first tab's connection is missed. */
export function serveTabs(scope: WorkerScope, client: Promise<ServedClient>): void {
  const host = client.then((made) => new EngineHost(made, systemClock));
  scope.onconnect = ({ ports }) => {
    for (const port of ports) void host.then((engine) => engine.connect(messagePort(port)));
  };
}
