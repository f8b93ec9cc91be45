import type { AccountView } from '@parley/client/api';

const TONES = 6;

/** A stable tint for an account: the same on every device, since it depends on the id alone. */
function toneOf(accountId: string): number {
  let sum = 0;
  for (const character of accountId) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 997;
  return sum % TONES;
}

/** The first letter of a username on the account's tint. It decorates: the name stands beside it. */
export function Avatar({ account }: { readonly account: AccountView }) {
  const [initial = ''] = account.deleted ? [] : account.username;
  return (
    <span className={`avatar ${account.deleted ? 'avatar-gone' : `tone-${toneOf(account.accountId)}`}`} aria-hidden="true">
      {initial.toLocaleUpperCase()}
    </span>
  );
}
