import type { Logger } from 'pino';
import type { Replication } from '../replication/replication.ts';
import type { TablesOutcome } from '../replication/verification.ts';
import type { Time } from '../stamp/clock.ts';
import type { Store } from '../store/store.ts';
import type { PasswordAttempts } from './attempts.ts';
import type { Cursors } from './cursors.ts';
import type { LiveHub } from './live-hub.ts';
import type { Passwords } from './passwords.ts';
import type { Sessions } from './sessions.ts';

/** What the chat service's handlers work with. */
export interface ChatParts {
  readonly store: Store;
  readonly replication: Replication;
  readonly sessions: Sessions;
  readonly cursors: Cursors;
  readonly attempts: PasswordAttempts;
  readonly passwords: Pick<Passwords, 'hash' | 'isRight'>;
  readonly hub: LiveHub;
  readonly time: Time;
  readonly log: Logger;
  readonly self: { readonly replicaId: string; readonly name: string; readonly publicUrl: string; readonly address: string; readonly clusterId: string };
  /** What the last comparison of tables came to for a replica. */
  readonly tables: (replicaId: string) => TablesOutcome | undefined;
}
