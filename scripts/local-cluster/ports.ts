import { createServer } from 'node:net';

/** Resolves to whether a program could listen on this port of 127.0.0.1 now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/**
 * The next `count` free ports from `from` on. Take `from` below the range from which the system draws ports for outgoing
 * connections (32768 on Linux): else one of those can take the port of a server while that is down.
 */
export async function freePorts(count: number, from: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = from; ports.length < count; port += 1) {
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}
