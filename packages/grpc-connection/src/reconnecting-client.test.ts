import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { Metadata, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';
import { ReconnectingClient } from './reconnecting-client.ts';

const CONNECT_TIMEOUT_MS = 50;

/** A server that does with the n-th connection, from 0, what it is told. */
async function listen(onConnection: (socket: Socket, n: number) => void) {
  const taken: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    taken.push(socket);
    onConnection(socket, taken.length - 1);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    close: () => {
      for (const socket of taken) socket.destroy();
      server.close();
    },
  };
}

function call(client: ReconnectingClient, deadlineMs = 4000): Promise<ServiceError | null> {
  return new Promise((resolve) => {
    const asIs = (bytes: Buffer) => bytes;
    client.current.makeUnaryRequest('/a/b', asIs, asIs, Buffer.alloc(0), new Metadata(), { deadline: Date.now() + deadlineMs }, (error) => resolve(error));
  });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('an attempt to connect that the other end takes and never answers is given up for a new one, and its calls fail', async () => {
  const server = await listen(() => undefined);
  const client = new ReconnectingClient(server.address, {}, CONNECT_TIMEOUT_MS);
  expect(await call(client)).toMatchObject({ code: status.UNAVAILABLE });
  void call(client);
  while (server.taken.length < 2) await turn();
  client.close();
  server.close();
});

test('an attempt is given up also while another client of the same address still waits for its own', async () => {
  const server = await listen(() => undefined);
  const patient = new ReconnectingClient(server.address, {}, 60_000);
  void call(patient);
  const client = new ReconnectingClient(server.address, {}, CONNECT_TIMEOUT_MS);
  await call(client);
  void call(client);
  while (server.taken.length < 3) await turn();
  client.close();
  patient.close();
  server.close();
});

test('after a connection that was reset and an attempt that is never answered, it connects again while calls go on', async () => {
  const upstream = new Server();
  const port = await new Promise<number>((resolve, reject) => {
    upstream.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const server = await listen((socket, n) => {
    if (n === 0) socket.resetAndDestroy();
    // The second is held.
    if (n > 1) pipeline(socket, connect(port, '127.0.0.1'), socket, () => undefined);
  });
  const client = new ReconnectingClient(server.address, {}, CONNECT_TIMEOUT_MS);
  const codes = new Set<status | undefined>();
  // Nobody serves the method: that answer comes from the other end.
  while (!codes.has(status.UNIMPLEMENTED)) codes.add((await call(client, 200))?.code);
  expect(server.taken.length).toBeGreaterThan(2);
  expect(codes).toContain(status.UNAVAILABLE);
  client.close();
  server.close();
  upstream.forceShutdown();
});
