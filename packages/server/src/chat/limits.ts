/** Limits of the chat service, each with what it prevents. */

/** A username fits into one line of a list. */
export const MAX_USERNAME = 32;
/** Shorter passwords are guessed. */
export const MIN_PASSWORD = 8;
/** argon2 time grows with its input. */
export const MAX_PASSWORD = 128;
/** Code points. A message stays far below the 1 MiB of a replication page. */
export const MAX_TEXT = 8000;
/** Fewer random bytes could be guessed, and with them an account's id. */
export const MIN_NONCE = 16;
export const MAX_NONCE = 64;
/** A client has one cursor for each call under way; more are forged or a bug. */
export const MAX_CURSORS = 16;
/** Bytes of a request's cursors together. Each takes about 30 for every process start of a replica that wrote; a client sends two or three, so there may be more than 10,000 of these. */
export const MAX_CURSORS_BYTES = 1024 * 1024;
/** From here on a cursor is told of in the server's log: long before the limit, and each message already brings so many bytes with it. */
export const LARGE_CURSOR_BYTES = 128 * 1024;
/** Bytes of a request: all its cursors and the longest text. */
export const MAX_REQUEST_BYTES = MAX_CURSORS_BYTES + 64 * 1024;
/** Matching takes time for each wildcard. */
export const MAX_PATTERN = 64;
/** One transaction holds the event loop for milliseconds. */
export const MAX_DELETED_AT_ONCE = 100;
/** Reading that many rows holds the event loop for milliseconds. */
export const MAX_MESSAGES_AT_ONCE = 100;
/** Every edit keeps its text in the log until the message is deleted, and a deletion erases them all in one transaction. */
export const MAX_EDITS = 250;
/** The same, for marks: one change for each conversation. */
export const MAX_MARKED_AT_ONCE = 100;
/** Counting thousands of unread messages for a badge would cost more than it tells. */
export const MAX_UNREAD_COUNTED = 1000;

/** A reader waits this long for the server to reach what the client has seen. */
export const CATCH_UP_MS = 1000;

/** A client's own newest messages whose copies are watched while its stream is open: while a replica is away none of them comes to an end. */
export const MAX_WATCHED = 100;
/** Reports of peers come with every write: copies of older messages are looked at no more often than this. */
export const COPIES_APART_MS = 200;

/** A client takes 6 s of silence for a dead server. */
export const HEARTBEAT_EVERY_MS = 2000;
/** gRPC-Web clients keep the whole response in memory. */
export const MAX_STREAM_MS = 10 * 60_000;
/** A client that is further behind loads windows instead of replaying all. */
export const MAX_REPLAYED = 5000;

/** A token that was stolen is of use for no longer. */
export const SESSION_MS = 30 * 24 * 3_600_000;
