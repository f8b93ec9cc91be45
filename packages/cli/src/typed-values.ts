import { readFileSync } from 'node:fs';
import { UsageError } from './exit-codes.ts';

const ID_PATTERN = /^[a-z2-7]{26}$/;

/** Words of a message as they were typed; a single `-` stands for what standard input has. */
export function readText(words: readonly string[]): string {
  return words.length === 1 && words[0] === '-' ? readFileSync(0, 'utf8').replace(/\n$/, '') : words.join(' ');
}

/** The id of a message, as `flag` has it; `source` says where such ids come from. Throws UsageError. */
export function readMessageId(flag: string, typed: string, source: string): string {
  if (!ID_PATTERN.test(typed)) throw new UsageError(`--${flag} ${typed}: give 26 characters of a-z and 2-7, as ${source}`);
  return typed;
}
