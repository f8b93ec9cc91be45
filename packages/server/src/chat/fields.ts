import type { MessageKey } from '@parley/proto/chat';
import { invalid } from '../errors.ts';
import { ID_PATTERN } from '../ids.ts';
import { MAX_NONCE, MAX_PASSWORD, MAX_TEXT, MIN_NONCE, MIN_PASSWORD } from './limits.ts';

/** Checks of request fields: each throws INVALID_ARGUMENT that names the field and says what would be right. */

export function checkId(field: string, value: string): string {
  if (!ID_PATTERN.test(value)) throw invalid(field, `${field} has to be 26 characters of a–z and 2–7`);
  return value;
}

/** The ids of a message: of its sender, and its own. */
export function checkMessageKey(field: string, key: MessageKey | undefined): MessageKey {
  return { senderId: checkId(`${field}.sender_id`, key?.senderId ?? ''), messageId: checkId(`${field}.message_id`, key?.messageId ?? '') };
}

/** A password that is to be set. Length in code points. */
export function checkNewPassword(field: string, value: string): string {
  const length = codePoints(value, MAX_PASSWORD);
  if (length < MIN_PASSWORD || length > MAX_PASSWORD) throw invalid(field, `Choose a password of ${MIN_PASSWORD} to ${MAX_PASSWORD} characters.`);
  return value;
}

/** A password that is to be compared: whatever it is, within what could have been set. */
export function checkPassword(field: string, value: string): string {
  if (value === '' || codePoints(value, MAX_PASSWORD) > MAX_PASSWORD) throw invalid(field, `Enter your password: at most ${MAX_PASSWORD} characters.`);
  return value;
}

export function checkNonce(field: string, value: Uint8Array): Uint8Array {
  if (value.length < MIN_NONCE || value.length > MAX_NONCE) throw invalid(field, `${field} has to be ${MIN_NONCE} to ${MAX_NONCE} random bytes`);
  return value;
}

export function checkText(field: string, value: string): string {
  if (value.trim() === '') throw invalid(field, 'Write a message first: it is empty.');
  if (codePoints(value, MAX_TEXT) > MAX_TEXT) throw invalid(field, `The message is too long: shorten it to ${MAX_TEXT.toLocaleString('en')} characters.`);
  return value;
}

/** A page's size; 0 means `normal`. */
export function checkPageSize(value: number, normal: number, most: number): number {
  if (value > most) throw invalid('page_size', `page_size has to be 0 to ${most}`);
  return value === 0 ? normal : value;
}

/** Counts code points; of a text that is surely longer than `most` only says so, for counting would take time. */
function codePoints(value: string, most: number): number {
  if (value.length > 2 * most) return most + 1;
  let count = 0;
  for (const _ of value) count++;
  return count;
}
