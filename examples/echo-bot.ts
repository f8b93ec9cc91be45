/** A bot that says again what it is told, on any server that is up: `node --import tsx examples/echo-bot.ts localhost:50051`. */
import { ParleyClient } from '@parley/client/client';
import { followMessages } from '@parley/client/follow-messages';
import { FileStorage } from '@parley/client/storages/file';
import { grpcJsTransport } from '@parley/client/transports/grpc-js';

const { PARLEY_PASSWORD: password = 'change me, please', ECHO_BOT_STATE: state = '.parley/echo-bot.json' } = process.env;
const storage = new FileStorage(state);
const bot = new ParleyClient({ servers: process.argv.slice(2), transport: grpcJsTransport(), storage });
await bot.ready;
if (bot.getSnapshot().session.status === 'signed-out') await bot.logIn('echo', password).catch(() => bot.createAccount('echo', password));
followMessages(bot, ({ text, messageId }, { conversationId }) => {
  // The answer has the question's id, so that a bot that died in between answers once all the same.
  bot.send(conversationId, `You said: ${text}`, { messageId });
  bot.markRead(conversationId).catch(() => undefined);
});
console.log('The bot is there. Write to it: echo: hello');
process.once('SIGTERM', () => void bot.close().then(() => storage.settled()).then(() => process.exit(0)));
