import { ReplicationServiceDefinition } from '@parley/proto/replication';
import type { Connect, ReplicationLink } from '../src/replication/link.ts';
import { isRefusedProof } from '../src/replication/proof.ts';
import { callThrough, type Party, unavailable } from './calls.ts';
import type { Network } from './network.ts';

/** As link.ts has them. */
const CALL_TIMEOUT_MS = 15_000;
const JOIN_TIMEOUT_MS = 2000;
const RELAY_TIMEOUT_MS = 1000;

type Methods = typeof ReplicationServiceDefinition.methods;
export type PeerMethod = keyof Methods;

interface Messages {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

/** The encoded form of a method's requests and answers: nothing is shared between machines but bytes. */
export function peerMessages(method: PeerMethod): { readonly request: Messages; readonly response: Messages } {
  const { requestType, responseType } = ReplicationServiceDefinition.methods[method];
  return { request: requestType as Messages, response: responseType as Messages };
}

/** A machine that other replicas can call. */
export interface PeerTarget {
  readonly name: string;
  readonly party: () => Party | undefined;
  readonly answerPeer: (method: PeerMethod, bytes: Uint8Array, call: PeerCall) => Promise<Uint8Array>;
}

/** What a replica is asked with. */
export interface PeerCall {
  /** Of the cluster's secret. */
  readonly proof: string;
  readonly withinMs: number;
}

/** How a process proves the secret, and who hears of a proof that was refused although it is still the one in use. */
export interface Proofs {
  readonly present: () => string;
  readonly refused: (address: string) => void;
}

/** The links of one process to other replicas. */
export function peerLinks(network: Network, caller: Party, proofs: Proofs, targetAt: (address: string) => PeerTarget | undefined): Connect {
  return (address) => {
    const closing = new Set<(error: Error) => void>();
    const unary = async (method: PeerMethod, request: unknown, timeoutMs: number): Promise<unknown> => {
      const messages = peerMessages(method);
      const bytes = messages.request.encode(request).finish();
      const target = targetAt(address);
      if (!target) throw unavailable(`nothing is at ${address}`);
      const proof = proofs.present();
      const answer = callThrough(network, {
        caller, timeoutMs, to: target.name, callee: () => target.party(), serve: () => target.answerPeer(method, bytes, { proof, withinMs: timeoutMs }), mayDouble: true,
      });
      return new Promise((resolve, reject) => {
        closing.add(reject);
        answer.finally(() => closing.delete(reject)).then(
          (answered) => resolve(messages.response.decode(answered)),
          (error: unknown) => {
            if (isRefusedProof(error) && proof === proofs.present()) proofs.refused(address);
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        );
      });
    };
    const link: { readonly [M in keyof ReplicationLink]: unknown } = {
      replicate: (request: unknown) => unary('replicate', request, CALL_TIMEOUT_MS),
      pull: (request: unknown) => unary('pull', request, CALL_TIMEOUT_MS),
      readHashes: (request: unknown) => unary('readHashes', request, CALL_TIMEOUT_MS),
      readCopy: (request: unknown) => unary('readCopy', request, CALL_TIMEOUT_MS),
      verify: (request: unknown) => unary('verify', request, CALL_TIMEOUT_MS),
      remove: (request: unknown) => unary('remove', request, CALL_TIMEOUT_MS),
      join: (request: unknown) => unary('join', request, JOIN_TIMEOUT_MS),
      relay: (request: unknown) => unary('relay', request, RELAY_TIMEOUT_MS),
      close: () => {
        for (const reject of closing) reject(unavailable('the link was closed'));
        closing.clear();
      },
    };
    return link as ReplicationLink;
  };
}
