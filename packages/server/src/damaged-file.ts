import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Time } from './stamp/clock.ts';
import { setAside } from './store/damage.ts';
import { refuseDamaged } from './store/database.ts';

/**
 * [Q1] What a starting replica does about its damaged database: sets it aside where it was told of others to copy the cluster from, and refuses to
 * start where not, or with --first: a cluster must not come up empty. Throws UnusableDatabase.
 */
export function replaceDamaged({ dbFile, seeds, first, advertise }: Config, time: Time, log: Logger): (reason: string) => void {
  return (reason) => {
    if (first || seeds.every((seed) => seed === advertise)) refuseDamaged(dbFile, reason);
    const movedTo = setAside(dbFile, time.wallMs());
    log.error({ alarm: 'damaged-file', file: dbFile, movedTo, reason }, 'the database is damaged: it was moved aside, and this replica joins anew with a copy from another one; delete the damaged file once nothing in it is needed');
  };
}
