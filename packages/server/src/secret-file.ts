import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { BadConfig, type Config } from './config.ts';
import { ClusterSecrets } from './replication/proof.ts';
import type { Time } from './stamp/clock.ts';

/** A new secret is used within two looks: soon enough for somebody who waits for it. */
const LOOK_EVERY_MS = 1000;

type Where = Pick<Config, 'secretFile' | 'seeds' | 'dbFile' | 'first'>;

/** Refuses to start where secrets are missing or unusable, without writing anything. Throws BadConfig. */
export function checkSecrets(where: Where): void {
  if (existsSync(where.secretFile)) readSecrets(where);
  else if ((where.seeds.length > 0 && !where.first) || existsSync(where.dbFile)) {
    throw new BadConfig(`there is no cluster secret in ${where.secretFile}; copy it from another replica, or name it with --cluster-secret-file`);
  }
}

/** The cluster's secrets. A cluster that begins with this replica makes them. Throws BadConfig. */
export function readSecrets({ secretFile }: Where): ClusterSecrets {
  if (!existsSync(secretFile)) make(secretFile);
  try {
    return new ClusterSecrets(readFileSync(secretFile, 'utf8'));
  } catch (error) {
    throw new BadConfig(`the cluster secret in ${secretFile} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function make(secretFile: string): void {
  try {
    mkdirSync(dirname(secretFile), { recursive: true, mode: 0o700 });
    writeFileSync(secretFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new BadConfig(`the cluster secret cannot be written to ${secretFile} (${error instanceof Error ? error.message : String(error)}); choose another --cluster-secret-file`);
  }
}

/**
 * Looks at the file while the server runs, and takes the secrets that it holds then [D4]; returns how to stop. A file is taken once two
 * looks in turn found the same, for the first may have met it half written. One that cannot be used changes nothing, and is told once.
 */
export function followSecrets(secretFile: string, secrets: ClusterSecrets, time: Time, log: Logger): () => void {
  let taken = look(secretFile);
  let before = taken;
  let cancel = () => {};
  const round = () => {
    const now = look(secretFile);
    if (now !== taken && now === before) {
      taken = now;
      take(now, secretFile, secrets, log);
    }
    before = now;
    cancel = time.after(LOOK_EVERY_MS, round);
  };
  cancel = time.after(LOOK_EVERY_MS, round);
  return () => cancel();
}

/** The file's text; undefined when it cannot be read. */
function look(secretFile: string): string | undefined {
  try {
    return readFileSync(secretFile, 'utf8');
  } catch {
    return undefined;
  }
}

function take(text: string | undefined, secretFile: string, secrets: ClusterSecrets, log: Logger): void {
  try {
    if (text === undefined) throw new Error('it cannot be read');
    secrets.replace(text);
    log.info({ secretFile, secrets: secrets.count }, 'the cluster secrets were read again: the first is used, all are accepted');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ secretFile, reason }, 'the cluster secret file cannot be used; the secrets from before stay in use until it is mended');
  }
}
