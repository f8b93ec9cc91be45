/**
 * What a page, a bot or a test sees of the client: immutable snapshots, replaced as a whole on each change, and the
 * calls that lead to new ones. Times are milliseconds since 1970-01-01 UTC unless a name says otherwise.
 */

/** What a server's operator has to look at: its clock is far from that of the server in use, it has another history, its tables are wrong. */
export type ServerAlarm = 'clock' | 'fork' | 'tables';

/** Health of a server, in the words that are shown to people. `unknown`: not asked yet. */
export type ServerHealth = 'live' | 'suspect' | 'draining' | 'dead' | 'unknown';

export interface ServerView {
  /** Its base URL (browser) or address (Node): the key of the list. */
  readonly url: string;
  /** `server1`; the URL until it has told its name. */
  readonly name: string;
  readonly health: ServerHealth;
  /** This client's calls and stream go there now. */
  readonly inUse: boolean;
  /** As this client measured it; undefined before the first answer. */
  readonly roundTripMs: number | undefined;
  /** Changes that it lacks, as the server in use sees it; undefined when not known. */
  readonly lagChanges: number | undefined;
  /** How long ago the oldest of those changes was made: milliseconds; undefined when not known, 0 where it lacks none. */
  readonly lagMs: number | undefined;
  /** Of its program; undefined before it has told. */
  readonly version: string | undefined;
  /** Its clock minus that of the server in use: milliseconds; undefined when not known. */
  readonly clockOffsetMs: number | undefined;
  /** As the server in use tells them. */
  readonly alarms: readonly ServerAlarm[];
  /** When this client, or the server in use, last heard of it; undefined: never. */
  readonly lastSeenAt: number | undefined;
}

/** A change of server: shown in the servers panel. */
export interface ServerMove {
  readonly at: number;
  /** Names, not URLs. */
  readonly from: string;
  readonly to: string;
  /** From the first failure to the first answer of the next server: milliseconds. */
  readonly tookMs: number;
  /** `silent`: it stopped answering. `aside`: it said itself that it serves nobody now. */
  readonly cause: 'silent' | 'aside';
}

export type Connection =
  /** The live stream is up. */
  | { readonly status: 'live' }
  /** No server is answering since `since`. A page shows nothing for the first second of it. */
  | { readonly status: 'reconnecting'; readonly since: number; readonly lastContactAt: number | undefined }
  /** Signed out: no stream is wanted. */
  | { readonly status: 'idle' };

export interface AccountView {
  readonly accountId: string;
  /** Empty when deleted: the page then shows its own words for it. */
  readonly username: string;
  readonly deleted: boolean;
}

/** How far a message of one's own has come. It only rises, but for `failed`, which is final. */
export type Delivery =
  /** In the outbox: no server has taken it yet. `since`: when it was sent. */
  | { readonly status: 'sending'; readonly since: number }
  /**
   * `stored` of `replicas` servers hold it, fsynced. `onAllUp`: all that were up did at some time, at least two, or the one of a cluster of one; that stays so.
   * `servers`: the names of those that hold it, as in `ServerView`, with `onAllUp` of those that were all that were up; undefined where that is not known.
   */
  | { readonly status: 'stored'; readonly stored: number; readonly replicas: number; readonly onAllUp: boolean; readonly servers?: readonly string[] | undefined }
  /** Refused for good, with a reason for people, and for programs the server's: that of a ParleyFailure. */
  | { readonly status: 'failed'; readonly reason: string; readonly code: string };

/** Names a message: senders make ids, each for itself. */
export interface MessageKey {
  readonly senderId: string;
  readonly messageId: string;
}

/** An edit of a message's text. */
export interface EditedView {
  /** Wall time to show, clamped to now. */
  readonly at: number;
  /** One's own, and no server has taken it yet; its text is shown already. */
  readonly sending: boolean;
}

/** An edit that was refused for good: the text is again what it was before. */
export interface FailedEdit {
  /** The text that was refused. */
  readonly text: string;
  /** Why, for people; and for programs the server's reason. */
  readonly reason: string;
  readonly code: string;
}

/** The message that a message answers. */
export interface ReplyView extends MessageKey {
  /**
   * `here`: `text` is its text now, empty when it was deleted. `loading`: it is asked for. `missing`: no server that could be reached has it, or this account
   * deleted it for itself; it may come later.
   */
  readonly status: 'here' | 'loading' | 'missing';
  readonly text: string;
  readonly deleted: boolean;
}

export interface MessageView {
  readonly conversationId: string;
  readonly senderId: string;
  readonly messageId: string;
  readonly text: string;
  /** Wall time to show, clamped to now. */
  readonly sentAt: number;
  /** Deleted for everyone: shown as 'This message was deleted'. */
  readonly deleted: boolean;
  readonly unread: boolean;
  readonly mine: boolean;
  /** Only of one's own messages, and only where it is known: a server tells it of those that an opened conversation shows. */
  readonly delivery: Delivery | undefined;
  /** Of one's own messages: the other one's client has it, or the other one has read it. It only rises. */
  readonly receipt?: 'delivered' | 'read' | undefined;
  /** Its sender changed the text; undefined: never, or it is deleted. */
  readonly edited?: EditedView | undefined;
  /** Of one's own messages: the last edit was refused for good. Until the next one, or `discardEdit`. */
  readonly failedEdit?: FailedEdit | undefined;
  /** Undefined: it answers none, or is deleted. */
  readonly replyTo?: ReplyView | undefined;
}

export interface SendOptions {
  /** That of an earlier try, so that the message is stored once whatever came of that one. */
  readonly messageId?: string | undefined;
  /** The message that this one answers, in the same conversation. */
  readonly replyTo?: MessageKey | undefined;
}

export interface ConversationView {
  readonly conversationId: string;
  /** The other account; the client's own for the conversation with oneself. */
  readonly other: AccountView;
  readonly lastMessage: MessageView | undefined;
  readonly unreadCount: number;
  /** The other one is typing now. */
  readonly typing: boolean;
}

/** The loaded part of a conversation: oldest first, without those hidden for this account. */
export interface TimelineView {
  readonly messages: readonly MessageView[];
  /** There are older ones: `loadOlder`. */
  readonly more: boolean;
  readonly loading: boolean;
}

/** Somebody else claimed the same username earlier, where servers could not reach each other. */
export interface SharedName {
  /** As one is shown now: `zoe~k3f9`. One signs in with either. */
  readonly shown: string;
  /** As one claimed it: `zoe`. */
  readonly claimed: string;
}

export interface ClientSnapshot {
  readonly session:
    | { readonly status: 'signed-out'; /** Why, for people, when it was not asked for. */ readonly reason: string | undefined }
    | { readonly status: 'signed-in'; readonly accountId: string; readonly username: string };
  readonly connection: Connection;
  /** Ordered by name. */
  readonly servers: readonly ServerView[];
  /** Newest first, at most 20. Kept on this device. */
  readonly moves: readonly ServerMove[];
  /** All accounts that are not deleted, ordered by username, without one's own. */
  readonly accounts: readonly AccountView[];
  /** The one with the newest message first. `undefined`: not loaded yet. */
  readonly conversations: readonly ConversationView[] | undefined;
  /** By conversation id; only opened conversations are here. */
  readonly timelines: ReadonlyMap<string, TimelineView>;
  /** Messages in the outbox: not on two servers yet, or refused. Signing out gives them up. */
  readonly unsent: number;
  /** To be told until it is dismissed; undefined: nothing to tell. */
  readonly sharedName: SharedName | undefined;
}

/** What a call failed with. `message` is for people and says what to do next. */
export interface ParleyFailure extends Error {
  /** The server's ErrorInfo reason, or `UNREACHABLE` when no server answers, `OUTCOME_UNKNOWN` when an answer was lost that must not be asked for twice, or `CANCELLED`. */
  readonly reason: string;
  /** Field of the request → what is wrong with it. */
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * The client. Every method that returns a promise rejects with a ParleyFailure. Calls that only read or that carry an
 * id are repeated on the next server by themselves.
 */
/** A conversation in an export, and with whom it is: nobody for one's own notes. */
export interface ExportedConversation {
  readonly conversationId: string;
  readonly with: readonly AccountView[];
}

/** A message in an export. Times are ISO 8601. */
export interface ExportedMessage extends MessageKey {
  readonly text: string;
  readonly sentAt: string;
  readonly deleted: boolean;
  readonly editedAt: string | undefined;
  readonly replyTo: MessageKey | undefined;
}

/** Where a page of an export ends. */
export interface ExportPosition {
  readonly hlc: number;
  readonly origin: number;
}

export interface ExportedMessages {
  /** The newest first. */
  readonly messages: readonly ExportedMessage[];
  /** Where the next page begins; undefined after the last one. */
  readonly next: ExportPosition | undefined;
}

export interface ParleyApi {
  getSnapshot(): ClientSnapshot;
  /** Calls `listener` after each change; returns how to stop. Fit for React's useSyncExternalStore. */
  subscribe(listener: () => void): () => void;

  createAccount(username: string, password: string): Promise<void>;
  logIn(username: string, password: string): Promise<void>;
  /** Forgets the session and everything kept of it on this device, but for what was dismissed; `everywhere` ends it on all devices first. */
  logOut(everywhere?: boolean): Promise<void>;
  /** The person has read what `sharedName` says: it is not told again on this device. */
  dismissSharedName(): void;
  changePassword(oldPassword: string, newPassword: string): Promise<void>;
  deleteAccount(username: string, password: string): Promise<void>;
  /** Accounts whose name starts with `pattern`, or matches it with `*` as wildcard; all have the empty one. At most `most`, 100 where it is not given. */
  searchAccounts(pattern: string, most?: number): Promise<readonly AccountView[]>;

  /** Id of the direct conversation with that account; the conversation need not exist yet. */
  conversationWith(accountId: string): string;
  /** Loads the newest messages of a conversation into `timelines`. */
  openConversation(conversationId: string): Promise<void>;
  /** Loads the page before what is loaded. */
  loadOlder(conversationId: string): Promise<void>;
  /**
   * Loads an opened conversation back to that message, for a jump to it: at most 10,000 messages. `missing`: no server that could be reached has it in this conversation.
   * `too-far`: it is further up; the next call goes on from there.
   */
  loadBackTo(conversationId: string, message: MessageKey): Promise<'here' | 'missing' | 'too-far'>;
  /** Marks as read what was delivered; kept until a server has taken it, as deletions are. */
  markRead(conversationId: string): Promise<void>;
  typing(conversationId: string): void;

  /**
   * Puts a message into the outbox: it is in the snapshot when this returns; returns its id. Sent in order, and again until two replicas have it.
   */
  send(conversationId: string, text: string, options?: SendOptions): string;
  /** Resolves when a message that `send` returned is kept on this device: from then on it is sent whatever becomes of the page. Rejects where it cannot be sent at all. */
  kept(messageId: string): Promise<void>;
  /** The same by username (`bob: hello`): that of a known account, or one that a server finds. Rejects when there is no such account. Resolves to the conversation's id, when the message is kept. */
  sendTo(username: string, text: string, options?: SendOptions): Promise<string>;
  /**
   * Changes the text of a message of one's own; shown at once. Kept on this device until a server has taken it, over reloads too, and told after the message itself;
   * of several edits that no server has taken the last one is told. One that was never offered to a server is sent with the new text instead, and one that was refused
   * for good is sent once more. Rejects with KEPT where no server answers for 10 s: then it is done later; with the reason where it is refused for good.
   * `editId`: that of an earlier try.
   */
  edit(conversationId: string, messageId: string, text: string, editId?: string): Promise<void>;
  /** Forgets an edit that was refused for good. */
  discardEdit(messageId: string): void;
  /** Sends a failed message once more, as the last one. */
  retry(messageId: string): void;
  /** Takes a failed message out of the outbox. */
  discard(messageId: string): void;
  /**
   * Out of sight at once but for 'for-everyone'. Kept on this device until a server has done it, over reloads too. Rejects with KEPT where none answers for 10 s: then
   * it is done later.
   */
  deleteMessages(messages: readonly MessageKey[], how: 'for-me' | 'undo' | 'for-everyone'): Promise<void>;

  /** All conversations of the account, for ./export-data.ts. */
  exportConversations(): Promise<readonly ExportedConversation[]>;
  /** A page of a conversation's messages, those before `before` or the newest. */
  exportMessages(conversationId: string, before?: ExportPosition): Promise<ExportedMessages>;

  /** Asks the address whether it is a server of this cluster; adds it if so. Rejects with words for people otherwise. */
  addServer(address: string): Promise<ServerView>;
  /** Servers and messages that are waited for are tried at once: 'Try now'. */
  nudge(): void;
  /** Stops streams and timers. The outbox is kept in storage. */
  close(): Promise<void>;
}
