import { grpcJsTransport } from '../../src/transports/grpc-js.ts';
import { grpcWebTransport } from '../../src/transports/grpc-web.ts';
import type { Transport } from '../../src/transport.ts';
import { NodeXhr } from './node-xhr.ts';
import type { ServerProcess } from './server-processes.ts';

export interface RealTransport {
  readonly name: 'grpc-js' | 'grpc-web';
  readonly transport: Transport;
  /** How a client of this transport names the server. */
  addressOf(server: ServerProcess): string;
}

/** Both ways to a server, in one process: gRPC, and gRPC-Web as browsers speak it to the server's own bridge. */
export function realTransports(): readonly RealTransport[] {
  Object.assign(globalThis, { XMLHttpRequest: NodeXhr });
  return [
    { name: 'grpc-js', transport: grpcJsTransport(), addressOf: (server) => server.address },
    { name: 'grpc-web', transport: grpcWebTransport, addressOf: (server) => server.url },
  ];
}
