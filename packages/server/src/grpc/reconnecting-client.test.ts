import { createServer, type Socket } from 'node:net';
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { ReconnectingClient } from './reconnecting-client.ts';

test('an attempt to connect that the other end takes and never answers is given up for a new one, and its calls fail', async () => {
  const taken: Socket[] = [];
  const server = createServer((socket) => taken.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const client = new ReconnectingClient(`127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`, {}, 50);
  const call = () => new Promise<ServiceError | null>((resolve) => {
    client.current.makeUnaryRequest('/a/b', (bytes: Buffer) => bytes, (bytes) => bytes, Buffer.alloc(0), new Metadata(), { deadline: Date.now() + 4000 }, (error) => resolve(error));
  });
  expect(await call()).toMatchObject({ code: status.UNAVAILABLE });
  void call();
  while (taken.length < 2) await new Promise((resolve) => setImmediate(resolve));
  client.close();
  for (const socket of taken) socket.destroy();
  server.close();
});
