import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BadConfig, type Config } from './config.ts';
import { ClusterSecrets } from './replication/proof.ts';

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
