import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

/** A codec of any message: handlers and callers are typed by RequestOf and ResponseOf. */
interface Codec {
  encode(message: never): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

/** A service as ts-proto's `generic-definitions` describe it. */
export interface GenericService {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, GenericMethod>>;
}

export interface GenericMethod {
  readonly name: string;
  readonly requestType: Codec;
  readonly requestStream: boolean;
  readonly responseType: Codec;
  readonly responseStream: boolean;
}

type MessageOf<C> = C extends { decode(bytes: Uint8Array): infer T } ? T : never;
export type RequestOf<M extends GenericMethod> = MessageOf<M['requestType']>;
export type ResponseOf<M extends GenericMethod> = MessageOf<M['responseType']>;

/**
 * Adapts a generic definition to @grpc/grpc-js for a server. Requests come to the handlers as bytes, which these decode: not before
 * they know that the caller may ask at all, for decoding costs time and memory.
 */
export function toGrpcDefinition(service: GenericService): ServiceDefinition {
  return Object.fromEntries(Object.entries(service.methods).map(([key, method]) => [key, { ...toGrpcMethod(service, method), requestDeserialize: (bytes: Buffer) => bytes }]));
}

/** Adapts one method to @grpc/grpc-js for a client. */
export function toGrpcMethod(service: GenericService, method: GenericMethod): MethodDefinition<unknown, unknown> {
  return {
    path: `/${service.fullName}/${method.name}`,
    originalName: method.name,
    requestStream: method.requestStream,
    responseStream: method.responseStream,
    requestSerialize: serializer(method.requestType),
    requestDeserialize: (bytes) => method.requestType.decode(bytes),
    responseSerialize: serializer(method.responseType),
    responseDeserialize: (bytes) => method.responseType.decode(bytes),
  };
}

function serializer(codec: Codec): (message: unknown) => Buffer {
  return (message) => {
    const bytes = codec.encode(message as never).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}
