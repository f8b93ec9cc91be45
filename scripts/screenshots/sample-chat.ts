import type { WrittenChat, WrittenMessage } from '../../packages/server/test/fill-chats.ts';

/** Whose screen is shown. */
export const VIEWER = 'ward-2';
/** Who writes while it is shown. */
export const COLLEAGUE = 'workshop';
export const PASSWORD = 'correct horse battery';
export const USERNAMES = [VIEWER, COLLEAGUE, 'ward-3', 'school-round', 'pharmacy', 'night-shift', 'front-desk'];

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

type Line = readonly [from: string, minutesAgo: number, text: string];

/** A small clinic's day. */
const LINES: Readonly<Record<string, readonly Line[]>> = {
  workshop: [
    ['workshop', DAY_MINUTES + 95, 'The generator test is tomorrow at nine. The network will be down for a minute or two.'],
    [VIEWER, DAY_MINUTES + 92, 'Thanks. I will tell everybody here.'],
    ['workshop', DAY_MINUTES + 90, 'The chat stays up this time, I have put the third server on the other circuit.'],
    [VIEWER, 41, 'Good morning! The fridge in room 4 shows 9 °C. Is that the sensor again?'],
    ['workshop', 38, 'Probably. I am on my way with a second thermometer.'],
    ['workshop', 21, 'It is the sensor. 4.2 °C by mine, the vaccines are fine.'],
    ['workshop', 20, 'I have ordered a new one: https://example.org/orders/1184'],
    [VIEWER, 18, 'You are a treasure.'],
    ['workshop', 4, 'They start the generator test now.'],
  ],
  'ward-3': [
    [VIEWER, 190, 'Can you take the 14:00 walk-in clinic? The nurses are at the school today.'],
    ['ward-3', 182, 'Yes, no problem.'],
    ['ward-3', 33, 'Bed 7 can go home, the letter is written'],
  ],
  'school-round': [
    ['school-round', 75, '112 children measured, two to see again on Friday'],
    ['school-round', 74, 'The scales were off by 300 g, I have noted which'],
  ],
  'front-desk': [
    ['front-desk', 118, 'A parcel for the lab is here'],
    [VIEWER, 110, 'I will fetch it, thank you'],
  ],
  pharmacy: [[VIEWER, DAY_MINUTES + 300, 'See you on Monday, enjoy the days off!']],
  'night-shift': [['night-shift', 3 * DAY_MINUTES, 'The roster for next week is on the board']],
};

const UNREAD: Readonly<Record<string, number>> = { 'ward-3': 1, 'school-round': 2 };

/** Its chats, as of now; the latest last, as they were written. */
export function sampleChats(now: number): readonly WrittenChat[] {
  const chats = Object.entries(LINES).map(([other, lines]): WrittenChat => ({
    between: [VIEWER, other],
    messages: lines.map(([from, minutesAgo, text]): WrittenMessage => ({ from, text, sentAtMs: now - minutesAgo * MINUTE_MS })),
    unread: UNREAD[other] ?? 0,
  }));
  return chats.toSorted((a, b) => (a.messages.at(-1)?.sentAtMs ?? 0) - (b.messages.at(-1)?.sentAtMs ?? 0));
}
