import type { WrittenChat, WrittenMessage } from '../../server/test/fill-chats.ts';
import { textOf } from '../../server/test/fill.ts';

export interface Inbox {
  /** With so many people, `person-0` and on. */
  readonly conversations: number;
  /** Messages in the one with `person-0`, of which the last one answers the first; the others have a few. */
  readonly longest: number;
}

export const OWNER = 'anna';

const IN_EACH = 3;
const MINUTE_MS = 60_000;

export const usernamesIn = ({ conversations }: Inbox): string[] => [OWNER, ...Array.from({ length: conversations }, (_, i) => `person-${i}`)];

/** One account's many conversations, all read, one of them long. */
export function* chatsIn({ conversations, longest }: Inbox): Generator<WrittenChat> {
  for (let i = 0; i < conversations; i++) {
    const other = `person-${i}`;
    const count = i === 0 ? longest : IN_EACH;
    const messages = Array.from({ length: count }, (_, n): WrittenMessage => ({
      from: n % 3 === 0 ? OWNER : other,
      text: `${textOf(n)} (${n} of ${other})`,
      sentAtMs: Date.now() - (count - n) * MINUTE_MS,
      ...(i === 0 && n === count - 1 && { answers: 0 }),
    }));
    yield { between: [OWNER, other], messages };
  }
}
