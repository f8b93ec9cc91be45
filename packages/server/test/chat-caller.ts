import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { ChatServiceDefinition, type SubscribeResponse } from '@parley/proto/chat';
import { type RequestOf, type ResponseOf, toGrpcMethod } from '../src/grpc/definition.ts';

type Methods = typeof ChatServiceDefinition.methods;
type Unary = Exclude<keyof Methods, 'subscribe'>;
type Partially<T> = T extends Uint8Array ? T : T extends readonly (infer U)[] ? readonly Partially<U>[] : T extends object ? { [K in keyof T]?: Partially<T[K]> | undefined } : T;

/** Calls one server's chat service as a client does, with whatever token it was given. */
export class ChatCaller {
  token: string | undefined;
  readonly #client: Client;

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 100 });
  }

  /** One unary call; fields that are left out have their default. Rejects with grpc-js's ServiceError. */
  call<M extends Unary>(method: M, request: Partially<RequestOf<Methods[M]>>, deadlineMs = 5000): Promise<ResponseOf<Methods[M]>> {
    const generic = ChatServiceDefinition.methods[method];
    const { path, requestSerialize, responseDeserialize } = toGrpcMethod(ChatServiceDefinition, generic);
    const whole = generic.requestType.fromPartial(request as never);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, whole, this.#metadata(), { deadline: Date.now() + deadlineMs }, (error, response) => {
        if (error) reject(error);
        else resolve(response as ResponseOf<Methods[M]>);
      });
    });
  }

  /** Opens the stream; its events gather in `events`. */
  subscribe(resume: Uint8Array = new Uint8Array(), messageIds: readonly string[] = []): { events: SubscribeResponse[]; ended: Promise<Error | undefined>; cancel(): void } {
    const generic = ChatServiceDefinition.methods.subscribe;
    const { path, requestSerialize, responseDeserialize } = toGrpcMethod(ChatServiceDefinition, generic);
    const stream = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { resume, seen: [], messageIds: [...messageIds] }, this.#metadata());
    const events: SubscribeResponse[] = [];
    stream.on('data', (event: SubscribeResponse) => events.push(event));
    const ended = new Promise<Error | undefined>((resolve) => {
      stream.on('error', resolve);
      stream.on('end', () => resolve(undefined));
    });
    return { events, ended, cancel: () => stream.cancel() };
  }

  close(): void {
    this.#client.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    if (this.token !== undefined) metadata.set('authorization', `Bearer ${this.token}`);
    return metadata;
  }
}
