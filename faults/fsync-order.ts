import type { SystemCall } from './strace-lines.ts';

/** What a server's trace shows about its commits and what it says to others. */
export interface FsyncVerdict {
  /** Commits: writes to the write-ahead log up to the sync that follows them. */
  readonly commits: number;
  /** Commits after which something was said on a connection that somebody else had opened, before the next one. */
  readonly answered: number;
  /** Texts that were written to the log and synced. */
  readonly stored: number;
  /** Those of them that the server said to somebody after that. */
  readonly said: number;
  /** What was said while something written to the log was not synced. */
  readonly broken: readonly string[];
}

const WRITES: ReadonlySet<string> = new Set(['write', 'writev', 'pwrite64', 'pwritev', 'sendto', 'sendmsg']);
const SYNCS: ReadonlySet<string> = new Set(['fsync', 'fdatasync']);
const SHOWN = 120;

/**
 * A server says nothing on any connection between a write to its write-ahead log and the return of the sync that follows: neither
 * an acknowledgement nor the change itself. `texts`: what was sent by clients, each somewhere in a commit. `port`: where the server listens.
 */
export function checkFsyncOrder(calls: readonly SystemCall[], texts: readonly string[], port: number): FsyncVerdict {
  let commits = 0;
  let answered = 0;
  let unsynced: SystemCall | undefined;
  let isAnswered = true;
  const broken: string[] = [];
  const synced = new Set<string>();
  const written = new Set<string>();
  const said = new Set<string>();
  for (const call of [...calls].sort((a, b) => a.returned - b.returned)) {
    const isLog = call.target.endsWith('-wal');
    if (isLog && WRITES.has(call.name)) {
      unsynced = call;
      for (const text of texts) if (call.line.includes(text)) written.add(text);
    } else if (isLog && SYNCS.has(call.name) && call.succeeded && unsynced && call.began >= unsynced.returned) {
      unsynced = undefined;
      commits += 1;
      isAnswered = false;
      for (const text of written) synced.add(text);
    } else if (call.target.startsWith('TCP') && WRITES.has(call.name)) {
      if (unsynced) broken.push(`${call.line.slice(0, SHOWN)} … before the sync of ${unsynced.line.slice(0, SHOWN)} …`);
      for (const text of synced) if (call.line.includes(text)) said.add(text);
      if (isIncoming(call.target, port) && !isAnswered) {
        isAnswered = true;
        answered += 1;
      }
    }
  }
  return { commits, answered, stored: synced.size, said: said.size, broken };
}

/** A connection that somebody opened to the server: its own end has the server's port. */
function isIncoming(target: string, port: number): boolean {
  return new RegExp(`^TCP\\w*:\\[\\S*:${port}->`).test(target);
}
