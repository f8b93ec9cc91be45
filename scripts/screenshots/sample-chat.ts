import type { WrittenChat, WrittenMessage } from '../../packages/server/test/fill-chats.ts';

/** Whose screen is shown. */
export const VIEWER = 'amara';
/** Who writes while it is shown. */
export const COLLEAGUE = 'jonas';
export const PASSWORD = 'correct horse battery';
export const USERNAMES = [VIEWER, COLLEAGUE, 'mei', 'rosa', 'tomasz', 'yusuf', 'front-desk'];

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

type Line = readonly [from: string, minutesAgo: number, text: string];

/** A small clinic's day. */
const LINES: Readonly<Record<string, readonly Line[]>> = {
  jonas: [
    ['jonas', DAY_MINUTES + 95, 'The generator test is tomorrow at nine. The network will be down for a minute or two.'],
    [VIEWER, DAY_MINUTES + 92, 'Thanks. I will tell the ward.'],
    ['jonas', DAY_MINUTES + 90, 'The chat stays up this time, I have put the third server on the other circuit.'],
    [VIEWER, 41, 'Good morning! The fridge in room 4 shows 9 °C. Is that the sensor again?'],
    ['jonas', 38, 'Probably. I am on my way with a second thermometer.'],
    ['jonas', 21, 'It is the sensor. 4.2 °C by mine, the vaccines are fine.'],
    ['jonas', 20, 'I have ordered a new one: https://example.org/orders/1184'],
    [VIEWER, 18, 'You are a treasure.'],
    ['jonas', 4, 'They start the generator test now.'],
  ],
  mei: [
    [VIEWER, 190, 'Can you take the 14:00 walk-in clinic? Rosa is at the school today.'],
    ['mei', 182, 'Yes, no problem.'],
    ['mei', 33, 'Bed 7 can go home, the letter is written'],
  ],
  rosa: [
    ['rosa', 75, '112 children measured, two to see again on Friday'],
    ['rosa', 74, 'The scales were off by 300 g, I have noted which'],
  ],
  'front-desk': [
    ['front-desk', 118, 'A parcel for the lab is here'],
    [VIEWER, 110, 'I will fetch it, thank you'],
  ],
  tomasz: [[VIEWER, DAY_MINUTES + 300, 'See you on Monday, enjoy the days off!']],
  yusuf: [['yusuf', 3 * DAY_MINUTES, 'The roster for next week is on the board']],
};

const UNREAD: Readonly<Record<string, number>> = { mei: 1, rosa: 2 };

/** Its chats, as of now; the latest last, as they were written. */
export function sampleChats(now: number): readonly WrittenChat[] {
  const chats = Object.entries(LINES).map(([other, lines]): WrittenChat => ({
    between: [VIEWER, other],
    messages: lines.map(([from, minutesAgo, text]): WrittenMessage => ({ from, text, sentAtMs: now - minutesAgo * MINUTE_MS })),
    unread: UNREAD[other] ?? 0,
  }));
  return chats.toSorted((a, b) => (a.messages.at(-1)?.sentAtMs ?? 0) - (b.messages.at(-1)?.sentAtMs ?? 0));
}
