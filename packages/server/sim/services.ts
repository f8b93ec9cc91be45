import type { Metadata } from '@grpc/grpc-js';
import { PROOF_HEADER } from '@parley/proof';
import { ChatServiceDefinition, type Copies, type SubscribeResponse, SubscribeResponse as SubscribeResponses } from '@parley/proto/chat';
import { Refusal, toServiceError } from '../src/errors.ts';
import type { CallContext, Handlers } from '../src/grpc/handlers.ts';
import { checkProof } from '../src/replication/service.ts';
import type { ChatCall, ChatTarget } from './chat-transport.ts';
import type { Machine, Running } from './machine.ts';
import { type PeerCall, type PeerMethod, peerMessages, type PeerTarget } from './peer-links.ts';
import type { World } from './world.ts';

/** No peer takes a call back. */
const NEVER = new AbortController().signal;

type UnaryHandler = (request: unknown, call: CallContext) => Promise<unknown>;

/** What the process that runs on a machine answers to replicas and to people, as its ports would. */
export class Services implements PeerTarget, ChatTarget {
  readonly name: string;
  readonly #world: World;
  readonly #machine: Machine;

  constructor(world: World, machine: Machine) {
    this.name = machine.name;
    this.#world = world;
    this.#machine = machine;
  }

  party(): Running | undefined {
    return this.#machine.running;
  }

  async answerPeer(method: PeerMethod, bytes: Uint8Array, { proof, withinMs }: PeerCall): Promise<Uint8Array> {
    const { running } = this.#machine;
    if (!running) throw new Error('nothing runs here');
    const messages = peerMessages(method);
    const call: CallContext = { metadata: metadataOf({ [PROOF_HEADER]: proof }), deadlineMs: running.time.wallMs() + withinMs, from: 'peer', signal: NEVER };
    try {
      checkProof(running.isProof, call);
      const handler = running.replica.replicationHandlers[method] as UnaryHandler;
      return messages.response.encode(await handler(messages.request.decode(bytes), call)).finish();
    } catch (error) {
      throw this.#refusal(error, `peer ${method}`, 'parley.replication');
    }
  }

  async answerChat(name: string, bytes: Uint8Array, call: ChatCall): Promise<Uint8Array> {
    try {
      const { running, chat } = servingOf(this.#machine.running);
      const method = (name.charAt(0).toLowerCase() + name.slice(1)) as Exclude<keyof typeof ChatServiceDefinition.methods, 'subscribe'>;
      const { requestType, responseType } = ChatServiceDefinition.methods[method];
      const request = requestType.decode(bytes);
      const askedAtMs = this.#world.timeline.nowMs;
      this.#world.trace.say(() => `${this.name} is asked ${name} by ${token(call.token)}`);
      this.#world.checks.asked(this.name, method, request);
      const response = await (chat[method] as UnaryHandler)(request, contextOf(call, running));
      this.#world.trace.say(() => `${this.name} answers ${name} to ${token(call.token)}: ${JSON.stringify(response, (key, value: unknown) => (key === 'seen' ? undefined : value))}`);
      if (running.time.isAlive) this.#world.checks.answered(this.#machine, running, { method, request, response: response as object, me: accountOf(call.token), askedAtMs });
      return (responseType as { encode(message: unknown): { finish(): Uint8Array } }).encode(response).finish();
    } catch (error) {
      throw this.#refusal(error, name, 'parley.chat');
    }
  }

  async stream(bytes: Uint8Array, call: ChatCall, send: (bytes: Uint8Array) => void): Promise<void> {
    try {
      const { running, chat } = servingOf(this.#machine.running);
      const request = ChatServiceDefinition.methods.subscribe.requestType.decode(bytes);
      await chat.subscribe(request, contextOf(call, running), (event: SubscribeResponse) => {
        this.#world.trace.say(() => `${this.name} streams to ${token(call.token)}: ${describe(event)}`);
        if (event.event?.$case === 'reload') this.#world.counters.count(request.resume.length > 0 ? 'stream: reload of a cursor' : 'stream: first load');
        for (const { messageId, copies } of copiesIn(event)) if (copies) this.#world.checks.toldCopies(this.name, accountOf(call.token), messageId, copies);
        send(SubscribeResponses.encode(event).finish());
        return Promise.resolve();
      });
    } catch (error) {
      throw this.#refusal(error, 'Subscribe', 'parley.chat');
    }
  }

  #refusal(error: unknown, method: string, domain: 'parley.chat' | 'parley.replication'): Error {
    const refused = toServiceError(error, domain);
    const reason = error instanceof Refusal ? error.reason : refused.code === 14 ? 'STORAGE_FAILED' : `unexpected: ${String(error)}`;
    this.#world.counters.count(`refused: ${reason}`);
    this.#world.trace.say(() => `${this.name} refuses ${method}: ${reason}`);
    if (reason.startsWith('unexpected') && domain === 'parley.chat' && this.#machine.running?.time.isAlive) this.#world.fail(`${method} failed at ${this.name}: ${error instanceof Error ? error.stack : String(error)}`);
    return refused;
  }
}

/** What serves people in a process. Throws a Refusal, as the server does, where nothing does. */
function servingOf(running: Running | undefined): { readonly running: Running; readonly chat: Handlers<typeof ChatServiceDefinition> } {
  if (running?.replica.isRemoved) throw new Refusal('DRAINING', 'removed from the cluster');
  if (!running?.replica.serving) throw new Refusal('STARTING', 'starting');
  return { running, chat: running.replica.serving.chat };
}

/** What an event says of the copies of its receiver's own messages. */
function copiesIn({ event }: SubscribeResponse): { readonly messageId: string; readonly copies?: Copies | undefined }[] {
  if (event?.$case !== 'delta') return [];
  return event.value.updates.flatMap(({ update }) => (update?.$case === 'message' || update?.$case === 'copies' ? [update.value] : []));
}

/** Tells one session from another in a trace. */
function token(text: string | undefined): string {
  return text === undefined ? 'nobody' : text.slice(-4);
}

function describe({ event }: SubscribeResponse): string {
  if (event?.$case !== 'delta') return event?.$case ?? 'nothing';
  return event.value.updates.map(({ update }) => `${update?.$case} ${update?.$case === 'message' ? update.value.messageId : ''}`).join(', ');
}

/** Who a session is of; '' without one. The newest token that was asked for is remembered: most are asked for many times. */
function accountOf(token = ''): string {
  if (token !== lastAsked.token) lastAsked = { token, accountId: subjectOf(token) };
  return lastAsked.accountId;
}

let lastAsked = { token: '', accountId: '' };

function subjectOf(token: string): string {
  const [, body = ''] = token.split('.');
  return body === '' ? '' : (JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string }).sub;
}

function contextOf({ token, withinMs, signal }: ChatCall, { time }: Running): CallContext {
  return { metadata: metadataOf(token === undefined ? {} : { authorization: `Bearer ${token}` }), deadlineMs: time.wallMs() + withinMs, from: 'client', signal };
}

function metadataOf(values: Readonly<Record<string, string>>): Metadata {
  const get = (name: string) => (name in values ? [values[name]] : []);
  return { get } as unknown as Metadata;
}
