import { invalid } from '../errors.ts';
import type { ClaimRow } from '../store/queries/accounts.ts';
import { MAX_USERNAME } from './limits.ts';

const USERNAME = new RegExp(`^[\\p{L}\\p{M}\\p{N}_.-]{1,${MAX_USERNAME}}$`, 'u');
/** Compatibility forms may be longer than what was typed. */
const CANONICAL = /^[\p{L}\p{M}\p{N}_.-]{1,128}$/u;

/**
 * By what usernames are compared: NFKC, case-folded (upper, then lower case: `ß` and `ss` are one). The origin makes
 * it once and the change carries it, so that replicas with another Unicode version agree.
 */
export function canonicalUsername(username: string): string {
  return username.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/** A username that is to be claimed. Throws INVALID_ARGUMENT. */
export function checkUsername(field: string, username: string): string {
  if (!USERNAME.test(username) || !CANONICAL.test(canonicalUsername(username))) {
    throw invalid(field, `Choose a username of 1 to ${MAX_USERNAME} letters, digits, “_”, “.” or “-”.`);
  }
  return username;
}

/** A typed name: `name`, or `name~k3f9` as a later claim is shown. */
export interface TypedName {
  readonly canonical: string;
  readonly suffix: string | undefined;
}

/** Reads a name that was typed to find an account; undefined when no account can have it. */
function readTypedName(typed: string): TypedName | undefined {
  const [name = '', suffix, ...rest] = typed.trim().split('~');
  if (rest.length > 0 || name.length > 2 * MAX_USERNAME || !USERNAME.test(name)) return undefined;
  return { canonical: canonicalUsername(name), suffix: suffix?.toLowerCase() };
}

/** The same for a request's field: throws INVALID_ARGUMENT for what no account can be called. */
export function checkTypedName(field: string, typed: string): TypedName {
  const name = readTypedName(typed);
  if (!name) throw invalid(field, 'Enter a username: 1 to 32 letters, digits, “_”, “.” or “-”.');
  return name;
}

/** Of the accounts that claim a name, the first having it, those that a typed name may mean: with a suffix only the ones that are shown so. */
export function meant(claims: readonly ClaimRow[], { suffix }: TypedName): ClaimRow[] {
  return suffix === undefined ? [...claims] : claims.filter(({ username }) => username.toLowerCase().endsWith(`~${suffix}`));
}
