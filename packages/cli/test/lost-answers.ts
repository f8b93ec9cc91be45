import { Client, credentials, type handleUnaryCall, Metadata, type MethodDefinition, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { ChatServiceDefinition } from '@parley/proto/chat';

const bytes = (value: Buffer): Buffer => value;

/** A way to a server on which the answers to SendMessage get lost: the server takes the message, and its sender never hears of it. */
export async function loseAnswers(address: string): Promise<{ readonly address: string; close(): void }> {
  const server = new Server();
  const client = new Client(address, credentials.createInsecure());
  const names = Object.values(ChatServiceDefinition.methods).filter((method) => !method.responseStream).map(({ name }) => name);
  const pathOf = (name: string): string => `/${ChatServiceDefinition.fullName}/${name}`;
  const define = (name: string): MethodDefinition<Buffer, Buffer> => ({
    path: pathOf(name), requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes,
  });
  const passOn = (name: string): handleUnaryCall<Buffer, Buffer> => (call, answer) => {
    const metadata = new Metadata();
    for (const value of call.metadata.get('authorization')) metadata.set('authorization', value);
    client.makeUnaryRequest(pathOf(name), bytes, bytes, call.request, metadata, (error, reply) => {
      if (name !== ChatServiceDefinition.methods.sendMessage.name) answer(error, reply);
      else if (error) answer({ code: status.UNAVAILABLE, details: 'the server is gone' });
    });
  };
  server.addService(Object.fromEntries(names.map((name) => [name, define(name)])), Object.fromEntries(names.map((name) => [name, passOn(name)])));
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
