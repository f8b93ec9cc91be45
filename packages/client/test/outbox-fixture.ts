import { ChatServiceDefinition, type SendMessageRequest, type SendMessageResponse } from '@parley/proto/chat';
import type { Delivery } from '../src/api.ts';
import { ALICE, BOB, copiesOf } from './fake-cluster.ts';
import { type FakeServer, refusal } from './fake-server.ts';
import { Fixture } from './fixture.ts';

const { sendMessage } = ChatServiceDefinition.methods;

export const sentTo = (server: FakeServer): string[] => server.requests(sendMessage).map((request) => request.text);

/** A server that keeps a message for itself: it knows of `stored` copies. */
export function keepsAlone(fixture: Fixture, server: FakeServer, stored = 1): void {
  server.on(sendMessage, (request: SendMessageRequest): SendMessageResponse => ({
    message: fixture.cluster.message({ messageId: request.messageId, text: request.text, senderId: ALICE.accountId, conversationId: conversation(fixture) }),
    copies: copiesOf(stored),
    seen: fixture.cluster.cursor(),
  }));
}

export function refuses(server: FakeServer, code: number, reason: string, words = reason): void {
  server.on(sendMessage, () => {
    throw refusal(code, reason, words);
  });
}

export const conversation = (fixture: Fixture): string => fixture.client.conversationWith(BOB.accountId);

export function deliveries(fixture: Fixture): (Delivery | undefined)[] {
  return fixture.messages(conversation(fixture)).map((message) => message.delivery);
}

/** Signed in, with the conversation with bob open. */
export async function open(fixture = new Fixture()): Promise<Fixture> {
  await fixture.signIn();
  for (const server of fixture.cluster.servers) keepsAlone(fixture, server, 3);
  await Promise.all([fixture.client.openConversation(conversation(fixture)), fixture.clock.advance(20)]);
  return fixture;
}

export const outboxOf = async (fixture: Fixture): Promise<unknown> => JSON.parse((await fixture.storage.get(`outbox:${ALICE.accountId}`)) ?? '[]');
