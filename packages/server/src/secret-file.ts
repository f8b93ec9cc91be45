import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BadConfig, type Config } from './config.ts';
import { ClusterSecrets } from './replication/proof.ts';

/**
 * The cluster's secrets. A cluster of one makes its file at the first start; who is to meet others has to be given
 * theirs. Throws BadConfig.
 */
export function readSecrets({ secretFile, seeds, dbFile, first }: Pick<Config, 'secretFile' | 'seeds' | 'dbFile' | 'first'>): ClusterSecrets {
  if (!existsSync(secretFile)) {
    if ((seeds.length > 0 && !first) || existsSync(dbFile)) {
      throw new BadConfig(`there is no cluster secret in ${secretFile}; copy it from another replica, or name it with --cluster-secret-file`);
    }
    mkdirSync(dirname(secretFile), { recursive: true });
    writeFileSync(secretFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  }
  try {
    return new ClusterSecrets(readFileSync(secretFile, 'utf8'));
  } catch (error) {
    throw new BadConfig(`the cluster secret in ${secretFile} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}
