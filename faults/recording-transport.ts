import { ChatServiceDefinition, type ListMessagesRequest, type ListMessagesResponse, type Message, type SendMessageRequest, type SendMessageResponse, type SubscribeResponse } from '@parley/proto/chat';
import { isFinal } from '@parley/client/failure';
import type { Channel, StreamListener, Transport } from '@parley/client/transport';
import type { History, ShownMessage } from './history.ts';

export interface Recording {
  readonly history: History;
  /** One life of a client. */
  readonly session: string;
  readonly account: () => string;
  /** Server's address → address of the link that leads there. */
  readonly routes: ReadonlyMap<string, string>;
  /** A server has acknowledged a message, or refused it for good. */
  readonly answered: (messageId: string, refusal: string | undefined) => void;
}

/** `inner`, over links that can be cut, and with all that servers say written down as it comes, before the client makes anything of it. */
export function recordingTransport(inner: Transport, recording: Recording): Transport {
  const delivered = new Delivered(recording);
  return {
    connect: (address) => recordingChannel(address, inner.connect(recording.routes.get(address) ?? address), recording, delivered),
    normalize: (address) => inner.normalize(address),
    addressOf: (replica) => inner.addressOf(replica),
  };
}

const { listMessages, sendMessage } = ChatServiceDefinition.methods;

function recordingChannel(server: string, inner: Channel, recording: Recording, delivered: Delivered): Channel {
  const { history, session, answered } = recording;
  return {
    async call(method, request, options) {
      delivered.claimed((request as Partial<ListMessagesRequest>).seen ?? []);
      const gotPage = method.name === listMessages.name ? asked(request as ListMessagesRequest, recording) : undefined;
      try {
        const reply = await inner.call(method, request, options);
        const { copies } = reply as Partial<SendMessageResponse>;
        if (copies) history.add({ type: 'copies', session, stored: copies.stored, replicas: copies.replicas });
        gotPage?.(reply as ListMessagesResponse);
        if (method.name === sendMessage.name) {
          const { messageId } = request as SendMessageRequest;
          answered(messageId, undefined);
          showLater(recording, [(reply as SendMessageResponse).message].flatMap((message) => message ?? []));
        }
        return reply;
      } catch (error) {
        history.add({ type: 'failed try', session, server, method: method.name, reason: error instanceof Error ? error.message : String(error) });
        if (method.name === sendMessage.name && isFinal(error)) answered((request as SendMessageRequest).messageId, error.message);
        throw error;
      }
    },
    subscribe: (request, token, listener) => inner.subscribe(request, token, delivered.listen(listener)),
    close: () => inner.close(),
  };
}

/** Writes down the question for a page; returns how to write down the page. */
function asked({ conversationId: conversation, before: upTo, seen }: ListMessagesRequest, { history, session, account }: Recording): (reply: ListMessagesResponse) => void {
  const read = history.nextRead();
  history.add({ type: 'ask', read, session, account: account(), conversation, hasSeen: seen.length > 0 });
  return ({ messages, more, behind }) => {
    const shown = messages.flatMap(shownOf);
    const from = more ? shown.at(-1) : undefined;
    // Once the client has kept the cursor that came with it: what it asks before that does not cover this page yet.
    setImmediate(() => history.add({ type: 'page', read, behind, messages: shown, ...(from && { from }), ...(upTo && { upTo }) }));
  };
}

/** What streams have brought. It counts as seen by the client once a request carries the cursor that came with it. */
class Delivered {
  readonly #recording: Recording;
  #waiting: { readonly resume: string; readonly messages: readonly Message[] }[] = [];

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** Passes events on, and keeps what they bring. */
  listen(listener: StreamListener): StreamListener {
    let part: Message[] = [];
    return {
      event: (response: SubscribeResponse) => {
        const { event } = response;
        if (event?.$case === 'delta') part.push(...event.value.updates.flatMap(({ update }) => (update?.$case === 'message' ? [update.value] : [])));
        // A delta without a cursor is not whole yet.
        const resume = event !== undefined && 'resume' in event.value ? event.value.resume : undefined;
        if (resume !== undefined && resume.length > 0) {
          this.#waiting.push({ resume: keyOf(resume), messages: part });
          part = [];
        }
        listener.event(response);
      },
      end: (error) => listener.end(error),
    };
  }

  /** A request says that its client has seen all that these cursors cover. */
  claimed(cursors: readonly Uint8Array[]): void {
    const claimed = new Set(cursors.map(keyOf));
    const index = this.#waiting.findLastIndex(({ resume }) => claimed.has(resume));
    for (const { messages } of this.#waiting.splice(0, index + 1)) for (const message of messages) show(this.#recording, message);
  }
}

/** Once the client has kept the cursor that came with it. */
function showLater(recording: Recording, messages: readonly Message[]): void {
  for (const message of messages) setImmediate(() => show(recording, message));
}

function show({ history, session }: Recording, message: Message): void {
  history.add({ type: 'shown', session, conversation: message.conversationId, messages: shownOf(message) });
}

function keyOf(cursor: Uint8Array): string {
  return Buffer.from(cursor).toString('base64');
}

function shownOf({ senderId, messageId, position, deleted, hidden }: Message): ShownMessage[] {
  if (!position || hidden) return [];
  return [{ key: `${senderId}/${messageId}`, hlc: position.hlc, origin: position.origin, deleted }];
}
