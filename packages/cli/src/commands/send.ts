import type { Delivery } from '@parley/client/api';
import type { ParleyClient } from '@parley/client/client';
import { newId } from '@parley/client/identifiers';
import { systemRandom } from '@parley/client/random';
import { waitFor } from '@parley/client/wait-for';
import { requireSession, withClient } from '../client-on-file.ts';
import type { Command } from '../command.ts';
import { conversationWith, findSender } from '../conversations.ts';
import { CommandFailed, ExitCode, exitCodeOfReason, UsageError } from '../exit-codes.ts';
import { storedWords } from '../message-lines.ts';
import { readMessageId, readText } from '../typed-values.ts';

/** As long as any call may take before people are told. */
const NORMAL_TIMEOUT_S = 10;

export const send: Command = {
  name: 'send',
  summary: 'Sends a message',
  takes: 'USERNAME TEXT…',
  count: [2, Infinity],
  flags: [
    { name: 'id', value: 'ID', what: "the message's id, 26 characters of a-z and 2-7: repeating a command with the same one sends once" },
    { name: 'reply-to', value: 'MESSAGE-ID', what: 'the message that it answers, of either of you' },
    { name: 'timeout', value: 'SECONDS', what: `give up after so long (${NORMAL_TIMEOUT_S})` },
  ],
  details: 'TEXT - reads the text from standard input. The message is on disk on at least one server when the command ends with 0. '
    + 'Ids of messages are what parley read --json tells; ends with 4 where there is none to answer. It ends with 6 where no server got it, and with 7 where one may have: repeat it then with the --id that it names.',
  examples: ['parley send alice "the backup is done"', 'df -h | parley send alice -', 'parley send alice --reply-to bmwxvsyv5v7xcd6z5cyo2fsd4e "done"'],
  run: async ({ settings, output, args, flag }) => {
    const [username = '', ...words] = args;
    const text = readText(words);
    const messageId = readId(flag('id'));
    const replyToId = flag('reply-to');
    const question = replyToId === undefined ? undefined : readMessageId('reply-to', replyToId, 'parley read --json tells them');
    const timeoutMs = readSeconds(flag('timeout')) * 1_000;
    return withClient(settings, async (client) => {
      requireSession(client);
      const replyTo = question === undefined ? undefined : { senderId: await findSender(client, await conversationWith(client, username), question), messageId: question };
      const conversationId = await client.sendTo(username, text, { messageId, replyTo });
      const { stored, replicas, onAllUp, servers } = await untilStored(client, conversationId, messageId, timeoutMs);
      if (output.json) output.jsonData({ conversationId, messageId, stored, replicas, onAllUp, servers });
      else output.say(`Sent to ${username}, ${storedWords(stored, replicas)}.${stored === 1 && replicas > 1 ? ' It goes on to the others when they are back.' : ''}`);
      return ExitCode.DONE;
    });
  },
};

async function untilStored(client: ParleyClient, conversationId: string, messageId: string, timeoutMs: number): Promise<Delivery & { readonly status: 'stored' }> {
  // Only opened conversations show what becomes of a message; whether its older ones can be loaded does not matter here.
  client.openConversation(conversationId).catch(() => undefined);
  const delivery = await waitFor(client, ({ session, timelines }) => {
    if (session.status === 'signed-out') requireSession(client);
    const sent = timelines.get(conversationId)?.messages.find((message) => message.mine && message.messageId === messageId);
    return sent?.delivery?.status === 'sending' ? undefined : sent?.delivery;
  }, { timeoutMs }).catch((error: unknown) => {
    if (client.getSnapshot().session.status === 'signed-out') throw error;
    // A server has said who the recipient is, so one may have got the message too.
    throw new CommandFailed(ExitCode.OUTCOME_UNKNOWN, `No server has answered, so it is not known whether the message was sent. Repeat the command with --id ${messageId}; it is sent once.`);
  });
  if (delivery.status === 'failed') throw new CommandFailed(exitCodeOfReason(delivery.code), `Not sent: ${delivery.reason}`);
  return delivery;
}

function readId(typed: string | undefined): string {
  return typed === undefined ? newId(systemRandom) : readMessageId('id', typed, 'an earlier try named them');
}

function readSeconds(typed: string | undefined): number {
  if (typed === undefined) return NORMAL_TIMEOUT_S;
  const seconds = Number(typed);
  if (!/^\d+(\.\d+)?$/.test(typed) || seconds <= 0 || seconds > 3_600) throw new UsageError(`--timeout ${typed}: give seconds, more than 0 and at most 3600`);
  return seconds;
}
