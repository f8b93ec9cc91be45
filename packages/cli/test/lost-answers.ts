import { Client, credentials, type MethodDefinition, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { ChatServiceDefinition } from '@parley/proto/chat';

/** A way to a server on which the answers to SendMessage get lost: the server takes the message, and its sender never hears of it. */
export async function loseAnswers(address: string): Promise<{ readonly address: string; close(): void }> {
  const server = new Server();
  const client = new Client(address, credentials.createInsecure());
  const bytes = (value: Buffer): Buffer => value;
  const methods = Object.values(ChatServiceDefinition.methods).filter((method) => !method.responseStream);
  const service = Object.fromEntries(methods.map(({ name }): [string, MethodDefinition<Buffer, Buffer>] => [name, {
    path: `/${ChatServiceDefinition.fullName}/${name}`, requestStream: false, responseStream: false,
    requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes,
  }]));
  server.addService(service, Object.fromEntries(methods.map(({ name }) => [name, (
    call: { request: Buffer; metadata: import('@grpc/grpc-js').Metadata },
    answer: (error: unknown, reply?: Buffer | null) => void,
  ) => {
    const { authorization } = call.metadata.getMap();
    const metadata = call.metadata.clone();
    for (const key of Object.keys(metadata.getMap())) metadata.remove(key);
    if (authorization !== undefined) metadata.set('authorization', String(authorization));
    client.makeUnaryRequest(service[name]?.path ?? '', bytes, bytes, call.request, metadata, (error, reply) => {
      if (name !== ChatServiceDefinition.methods.sendMessage.name) answer(error, reply);
      else if (error) answer({ code: status.UNAVAILABLE, details: 'the server is gone' });
    });
  }])));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      server.forceShutdown();
      client.close();
    },
  };
}
