import { words } from './words.ts';

const USERNAME_MAX = 32;
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;

/** Field → what is wrong with it; empty when nothing is. */
export type FieldProblems = ReadonlyMap<string, string>;

const lengthOf = (text: string): number => Array.from(text).length;

/** What can be told about a new password before a server is asked. */
export function passwordProblem(password: string): string | undefined {
  if (password === '') return words.welcome.passwordMissing;
  if (lengthOf(password) < PASSWORD_MIN) return words.welcome.passwordTooShort;
  if (lengthOf(password) > PASSWORD_MAX) return words.welcome.passwordTooLong;
  return undefined;
}

function usernameProblem(username: string): string | undefined {
  if (username === '') return words.welcome.usernameMissing;
  if (lengthOf(username) > USERNAME_MAX) return words.welcome.usernameTooLong;
  return /^[\p{L}\p{M}\p{N}_.-]+$/u.test(username) ? undefined : words.welcome.usernameCharacters;
}

/** What can be told about a new account before a server is asked. */
export function newAccountProblems(username: string, password: string): FieldProblems {
  return problems({ username: usernameProblem(username), password: passwordProblem(password) });
}

/** To sign in, both have to be there; whether they are right only a server knows. */
export function signInProblems(username: string, password: string): FieldProblems {
  return problems({
    username: username === '' ? words.welcome.usernameMissing : undefined,
    password: password === '' ? words.welcome.passwordMissing : undefined,
  });
}

function problems(byField: Readonly<Record<string, string | undefined>>): FieldProblems {
  return new Map(Object.entries(byField).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
