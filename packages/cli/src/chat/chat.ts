import type { ClientSnapshot, ConversationView, SharedName } from '@parley/client/api';
import type { ParleyClient } from '@parley/client/client';
import { followMessages } from '@parley/client/follow-messages';
import { CommandFailed, ExitCode, exitCodeOf, UsageError } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import type { Environment } from '../settings.ts';
import { chatCommands } from './chat-commands.ts';
import type { Screen } from './screen.ts';
import { ShownMessages } from './shown-messages.ts';
import { moveLine, statusLine } from './status-line.ts';
import { readTypedLine, type TypedLine } from './typed-line.ts';

/** Words about a connection change after 1 and 3 seconds without any event. */
const STATUS_EVERY_MS = 500;

export interface ChatOptions {
  readonly client: ParleyClient;
  readonly screen: Screen;
  readonly output: Output;
  readonly env: Environment;
}

/** One chat: what is typed goes to the client, what the client tells is shown. */
export class Chat {
  readonly client: ParleyClient;
  readonly #screen: Screen;
  readonly #output: Output;
  readonly #env: Environment;
  readonly #shown: ShownMessages;
  #before: ClientSnapshot;
  #firstFailure: ExitCode | undefined;
  #quitting = false;

  constructor({ client, screen, output, env }: ChatOptions) {
    this.client = client;
    this.#screen = screen;
    this.#output = output;
    this.#env = env;
    this.#shown = new ShownMessages(output);
    this.#before = client.getSnapshot();
  }

  /** Resolves when somebody leaves: to the exit code, which without a terminal is that of the first line that failed. */
  async run(): Promise<ExitCode> {
    this.print('Write bob: hello to send hello to bob. /help lists commands, /quit leaves.');
    this.#tellSession(this.client.getSnapshot());
    const stops = [
      followMessages(this.client, (message, conversation) => this.print(this.#shown.show(message, conversation)), { own: true }),
      this.client.subscribe(() => this.#changed()),
    ];
    const timer = setInterval(() => this.#showStatus(), STATUS_EVERY_MS);
    this.#showStatus();
    try {
      while (!this.#quitting) {
        const line = await this.#screen.readLine();
        if (line === undefined) break;
        await this.#obey(line);
      }
    } finally {
      clearInterval(timer);
      for (const stop of stops) stop();
    }
    if (this.#screen.interrupted) return ExitCode.INTERRUPTED;
    return (this.#screen.isTerminal ? undefined : this.#firstFailure) ?? ExitCode.DONE;
  }

  print(text: string): void {
    this.#screen.print(text);
  }

  quit(): void {
    this.#quitting = true;
  }

  /** Throws UsageError. */
  shownMessage(number: string | undefined): { readonly senderId: string; readonly messageId: string; readonly conversationId: string } {
    const shown = this.#shown.get(Number(number?.replaceAll(/[[\]]/g, '')));
    if (!shown) throw new UsageError(`There is no message ${number ?? ''} here. Write the number that stands before a message, as in /delete 12`);
    return shown;
  }

  async showNewest(conversation: ConversationView, most: number): Promise<void> {
    await this.client.openConversation(conversation.conversationId);
    const messages = this.client.getSnapshot().timelines.get(conversation.conversationId)?.messages ?? [];
    for (const message of messages.slice(-most)) this.print(this.#shown.show(message, conversation));
  }

  /** Rejects with CommandFailed when nothing is typed any more. */
  async ask(label: string, hidden = false): Promise<string> {
    const answer = await this.#screen.readAnswer(label, hidden);
    if (answer === undefined) throw new CommandFailed(ExitCode.INTERRUPTED, 'Nothing was changed.');
    return answer;
  }

  askPassword(label: string): Promise<string> {
    const set = this.#env['PARLEY_PASSWORD'];
    return set && !this.#screen.isTerminal ? Promise.resolve(set) : this.ask(`${label}: `, true);
  }

  /** Whoever types it unseen types it twice. */
  async askNewPassword(label: string): Promise<string> {
    const typed = await this.askPassword(label);
    if (this.#screen.isTerminal && typed !== await this.ask(`${label} again: `, true)) throw new UsageError('The two are not the same. Try again.');
    return typed;
  }

  async confirm(consequence: string): Promise<boolean> {
    return (await this.ask(`${consequence} Type yes to go on: `)).trim().toLowerCase() === 'yes';
  }

  async #obey(line: string): Promise<void> {
    try {
      const typed = readTypedLine(line);
      if (typed.kind === 'mistake') throw new UsageError(typed.problem);
      if (typed.kind === 'message') await this.#send(typed.to, typed.text);
      if (typed.kind === 'command') await this.#command(typed);
    } catch (error) {
      this.#firstFailure ??= exitCodeOf(error);
      this.print(this.#output.paint('yellow', error instanceof Error ? error.message : String(error)));
    }
  }

  async #send(to: string, text: string): Promise<void> {
    const conversationId = await this.client.sendTo(to, text);
    const conversation = this.client.getSnapshot().conversations?.find((each) => each.conversationId === conversationId);
    // Whoever answers has read; where no server answers now, it is marked with the next answer.
    if (conversation && conversation.unreadCount > 0) this.client.markRead(conversationId).catch(() => undefined);
  }

  async #command({ name, args, text }: TypedLine & { readonly kind: 'command' }): Promise<void> {
    const command = chatCommands.find((each) => each.name === name);
    if (!command) throw new UsageError(`There is no command /${name}. /help lists all.`);
    await command.run(this, args, text);
  }

  #changed(): void {
    const snapshot = this.client.getSnapshot();
    const before = this.#before;
    this.#before = snapshot;
    if (snapshot.session !== before.session && snapshot.session.status !== before.session.status) this.#tellSession(snapshot);
    for (const move of snapshot.moves.filter((each) => !before.moves.includes(each)).reverse()) this.print(this.#output.paint('yellow', moveLine(move)));
    for (const line of this.#shown.news(snapshot)) this.print(line);
    if (snapshot.sharedName && snapshot.sharedName !== before.sharedName) this.#tellSharedName(snapshot.sharedName);
    this.#showStatus();
  }

  #tellSharedName({ shown, claimed }: SharedName): void {
    this.print(`You are shown as ${shown} now: somebody else had claimed ${claimed} first, on a server that yours could not reach. Your messages and your password stay, and you sign in with either name.`);
    this.client.dismissSharedName();
  }

  #tellSession({ session }: ClientSnapshot): void {
    if (session.status === 'signed-in') this.print(`Signed in as ${session.username}.`);
    else this.print(`${session.reason ?? 'You are signed out.'} /login NAME signs in, /create NAME makes an account.`);
  }

  #showStatus(): void {
    this.#screen.setStatus(statusLine(this.client.getSnapshot(), Date.now()));
  }
}
