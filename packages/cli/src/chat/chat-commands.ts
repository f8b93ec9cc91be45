import { UsageError } from '../exit-codes.ts';
import { nameOf } from '../message-lines.ts';
import { printableLine } from '../printable.ts';
import { healthWord, lagWords, roundTripWords } from '../server-words.ts';
import type { Chat } from './chat.ts';

/** A line that begins with a slash. */
export interface ChatCommand {
  readonly name: string;
  readonly takes: string;
  readonly what: string;
  /** `text`: what was typed after the first of `args`. Rejects with a ParleyFailure or a UsageError, whose words are shown. */
  run(chat: Chat, args: readonly string[], text: string): Promise<void> | void;
}

/** The newest messages that `/read NAME` shows. */
const SHOWN_AGAIN = 20;

export const chatCommands: readonly ChatCommand[] = [
  {
    name: 'login', takes: 'USERNAME', what: 'sign in',
    run: async (chat, [username]) => {
      const name = need(username, '/login USERNAME');
      await chat.client.logIn(name, await chat.askPassword('Password'));
    },
  },
  {
    name: 'create', takes: 'USERNAME', what: 'make an account and sign in',
    run: async (chat, [username]) => {
      const name = need(username, '/create USERNAME');
      await chat.client.createAccount(name, await chat.askNewPassword('Password'));
    },
  },
  {
    name: 'accounts', takes: '[PATTERN]', what: "list accounts: those that begin with PATTERN, or * for any characters",
    run: async (chat, [pattern = '']) => {
      const found = await chat.client.searchAccounts(pattern);
      chat.print(found.length > 0 ? found.map(nameOf).join('  ') : `Nobody is called "${pattern}". Try fewer letters, or * for any.`);
    },
  },
  {
    name: 'read', takes: '[USERNAME]', what: 'mark what is shown as read; with USERNAME show the newest messages again first',
    run: async (chat, [username]) => {
      const { conversations = [] } = chat.client.getSnapshot();
      const wanted = conversations.filter(({ other, unreadCount }) => (username === undefined ? unreadCount > 0 : other.username.toLowerCase() === username.toLowerCase()));
      if (wanted.length === 0) return chat.print(username === undefined ? 'Nothing is unread.' : `There are no messages with "${username}" yet. Write the first: ${username}: hello`);
      for (const conversation of wanted) {
        if (username !== undefined) await chat.showNewest(conversation, SHOWN_AGAIN);
        await chat.client.markRead(conversation.conversationId);
      }
      chat.print('Marked as read.');
    },
  },
  {
    name: 'reply', takes: 'NUMBER TEXT', what: 'answer a message by its number',
    run: (chat, [number], text) => {
      const { conversationId, senderId, messageId } = chat.shownMessage(number);
      chat.client.send(conversationId, needText(text, '/reply NUMBER TEXT'), { replyTo: { senderId, messageId } });
    },
  },
  {
    name: 'edit', takes: 'NUMBER TEXT', what: 'change the text of a message that you sent',
    run: async (chat, [number], text) => {
      const { conversationId, senderId, messageId } = chat.shownMessage(number);
      const { session, timelines } = chat.client.getSnapshot();
      if (session.status === 'signed-in' && senderId !== session.accountId) throw new UsageError('Only your own messages can be changed.');
      const changed = needText(text, '/edit NUMBER TEXT');
      // One that was let go of is loaded again: an edit that is numbered without what is known of it would lose against an earlier one.
      const isHere = timelines.get(conversationId)?.messages.some((message) => message.mine && message.messageId === messageId);
      if (!isHere) await chat.client.loadBackTo(conversationId, { senderId, messageId });
      await chat.client.edit(conversationId, messageId, changed);
    },
  },
  {
    name: 'delete', takes: 'NUMBER [everyone]', what: 'delete a message by its number: for you, or with `everyone` for all',
    run: async (chat, [number, scope]) => {
      const { senderId, messageId } = chat.shownMessage(number);
      if (scope !== undefined && scope !== 'everyone') throw new UsageError('Write /delete NUMBER to delete for you, /delete NUMBER everyone for all.');
      const forEveryone = scope === 'everyone';
      if (forEveryone && !await chat.confirm('Its text disappears for everyone, on every server. This cannot be undone.')) return chat.print('Nothing was deleted.');
      await chat.client.deleteMessages([{ senderId, messageId }], forEveryone ? 'for-everyone' : 'for-me');
      if (!forEveryone) chat.print(`[${number}] was deleted for you. /undelete ${number} brings it back.`);
    },
  },
  {
    name: 'undelete', takes: 'NUMBER', what: 'show again what you deleted for yourself',
    run: async (chat, [number]) => {
      const { senderId, messageId } = chat.shownMessage(number);
      await chat.client.deleteMessages([{ senderId, messageId }], 'undo');
      chat.print(`[${number}] is shown again.`);
    },
  },
  {
    name: 'discard', takes: 'NUMBER', what: 'give up a message that was refused',
    run: (chat, [number]) => {
      chat.client.discard(chat.shownMessage(number).messageId);
      chat.print(`[${number}] was discarded.`);
    },
  },
  {
    name: 'password', takes: '', what: 'change your password',
    run: async (chat) => {
      const before = await chat.askPassword('Password until now');
      await chat.client.changePassword(before, await chat.askNewPassword('New password'));
      chat.print('Password changed. Other devices have to sign in again.');
    },
  },
  {
    name: 'logout', takes: '[everywhere]', what: 'sign out here, or everywhere',
    run: async (chat, [scope]) => {
      const { unsent } = chat.client.getSnapshot();
      if (unsent > 0 && !await chat.confirm(`${unsent} of your messages are not safe yet; signing out gives them up.`)) return chat.print('Still signed in.');
      await chat.client.logOut(scope === 'everywhere');
    },
  },
  {
    name: 'delete-account', takes: '', what: 'delete your account, for good, on every server',
    run: async (chat) => {
      const username = await chat.ask('This cannot be undone. Type your username to go on: ');
      await chat.client.deleteAccount(username, await chat.askPassword('Password'));
      chat.print('The account is deleted.');
    },
  },
  {
    name: 'servers', takes: '', what: 'list the servers',
    run: (chat) => {
      for (const { name, url, health, roundTripMs, lagChanges, lagMs, inUse } of chat.client.getSnapshot().servers) {
        const parts = [`${printableLine(name)} (${url})`, healthWord(health), roundTripWords(roundTripMs), lagWords(lagChanges, lagMs), inUse ? 'you are here' : ''];
        chat.print(parts.filter((part) => part !== '').join(' · '));
      }
    },
  },
  {
    name: 'add-server', takes: 'HOST:PORT', what: 'add a server of the same cluster by hand',
    run: async (chat, [address]) => {
      const { name, health, roundTripMs } = await chat.client.addServer(need(address, '/add-server HOST:PORT'));
      chat.print(`Added ${[printableLine(name), healthWord(health), roundTripWords(roundTripMs)].filter((part) => part !== '').join(' · ')}`);
    },
  },
  { name: 'try', takes: '', what: 'try at once to reach servers', run: (chat) => chat.client.nudge() },
  {
    name: 'help', takes: '', what: 'show this',
    run: (chat) => {
      const names = chatCommands.map(({ name, takes }) => `/${name} ${takes}`.trimEnd());
      const width = Math.max(...names.map((name) => name.length));
      chat.print(`${'bob: hello'.padEnd(width)}  send hello to bob`);
      for (const [index, { what }] of chatCommands.entries()) chat.print(`${(names[index] ?? '').padEnd(width)}  ${what}`);
    },
  },
  { name: 'quit', takes: '', what: 'leave; so does Ctrl-D', run: (chat) => chat.quit() },
];

function need(value: string | undefined, usage: string): string {
  if (value === undefined) throw new UsageError(`Something is missing. Write ${usage}`);
  return value;
}

function needText(text: string, usage: string): string {
  return need(text.trim() === '' ? undefined : text, usage);
}
