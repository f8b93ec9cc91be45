import type { Command } from './command.ts';
import { accounts } from './commands/accounts.ts';
import { addServer } from './commands/add-server.ts';
import { changePassword } from './commands/change-password.ts';
import { chat } from './commands/chat.ts';
import { clusterJoinCommand } from './commands/cluster-join-command.ts';
import { clusterRemove } from './commands/cluster-remove.ts';
import { clusterStatus } from './commands/cluster-status.ts';
import { clusterVerify } from './commands/cluster-verify.ts';
import { createAccount } from './commands/create-account.ts';
import { deleteAccount } from './commands/delete-account.ts';
import { deleteMessages } from './commands/delete.ts';
import { edit } from './commands/edit.ts';
import { exportAll } from './commands/export.ts';
import { login } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import { read } from './commands/read.ts';
import { send } from './commands/send.ts';
import { servers } from './commands/servers.ts';

/** All commands, in the order in which the help lists them. */
export const commands: readonly Command[] = [
  chat, createAccount, login, logout, send, edit, read, accounts, exportAll, deleteMessages, changePassword, deleteAccount, servers, addServer,
  clusterStatus, clusterVerify, clusterJoinCommand, clusterRemove,
];

/** The command that `words` begin with, and how many words its name has. */
export function findCommand(words: readonly string[]): { readonly command: Command; readonly words: number } | undefined {
  for (const count of [2, 1]) {
    const command = commands.find(({ name }) => name === words.slice(0, count).join(' '));
    if (command) return { command, words: count };
  }
  return undefined;
}

/** The command's name that looks most like what was typed; undefined where none does. */
export function nearestName(typed: string): string | undefined {
  const [nearest] = commands.map(({ name }) => ({ name, distance: distance(name, typed) })).sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= Math.max(1, Math.floor(typed.length / 3)) ? nearest.name : undefined;
}

/** Levenshtein's: how many letters have to be put in, left out or replaced. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of one.split('').entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (row[column - 1] ?? 0) + Number(other[column - 1] !== letter);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
