import { Link } from '../../../faults/link.ts';
import type { RealTransport } from '../test/real/real-transports.ts';
import type { ServerProcess } from '../test/real/server-processes.ts';

interface Cable {
  readonly server: ServerProcess;
  readonly link: Link;
  /** The cable's near end, as the transport writes addresses. */
  readonly address: string;
}

/**
 * The ways from clients to servers, each a TCP proxy, as cables that can be pulled: then nothing comes through in either direction, neither the end of a connection, and new connections
 * are not refused either.
 */
export class Cables {
  /** The transport whose every connection goes through them. */
  readonly real: RealTransport;
  readonly #cables: readonly Cable[];

  private constructor(real: RealTransport, cables: readonly Cable[]) {
    this.#cables = cables;
    const addressOf = (name: string): string => cables.find(({ server }) => server.name === name)?.address ?? '';
    this.real = { name: real.name, transport: { ...real.transport, addressOf: (replica) => addressOf(replica.name) }, addressOf: (server) => addressOf(server.name) };
  }

  static async lay(servers: readonly ServerProcess[], real: RealTransport): Promise<Cables> {
    const cables = await Promise.all(servers.map(async (server) => {
      const far = real.addressOf(server);
      const port = far.slice(far.lastIndexOf(':') + 1);
      const link = await Link.open(server.name, Number(port));
      return { server, link, address: far.replace(port, String(link.port)) };
    }));
    return new Cables(real, cables);
  }

  /** The server at the far end. */
  serverAt(address: string): ServerProcess | undefined {
    return this.#cables.find((cable) => cable.address === address)?.server;
  }

  pull(server: ServerProcess): void {
    this.#cables.find((cable) => cable.server === server)?.link.hold({ forth: true, back: true });
  }

  /** All are in again: what was held comes through, as TCP sends it once more. */
  plugIn(): void {
    for (const { link } of this.#cables) link.heal('release');
  }

  close(): void {
    for (const { link } of this.#cables) link.close();
  }
}
