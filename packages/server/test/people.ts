import { randomBytes } from 'node:crypto';
import { randomId } from '../src/ids.ts';
import type { ChatCaller } from './chat-caller.ts';

export const PASSWORD = 'correct horse battery';

/** Somebody with an account, who can call any server. */
export interface Person {
  readonly accountId: string;
  readonly username: string;
  readonly token: string;
}

export async function createPerson(caller: ChatCaller, username: string): Promise<Person> {
  const response = await caller.call('createAccount', { username, password: PASSWORD, nonce: randomBytes(32) });
  return { accountId: response.account?.accountId ?? '', username, token: response.sessionToken };
}

/** Makes calls of `caller` that person's. */
export function as(caller: ChatCaller, person: Person): ChatCaller {
  caller.token = person.token;
  return caller;
}

export function sendTo(caller: ChatCaller, recipient: Person, text: string, messageId = randomId()) {
  return caller.call('sendMessage', { to: { $case: 'recipientId', value: recipient.accountId }, messageId, text });
}
