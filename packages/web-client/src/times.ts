import { words } from './words.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

// Hours as the reader's own locale writes them; names of days and months in the language of the page.
const hourMinute = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const hourMinuteSecond = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
const weekday = new Intl.DateTimeFormat('en', { weekday: 'short' });
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const plainDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const longDay = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const longDayYear = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** `14:02`; all times here are milliseconds since 1970-01-01 UTC, shown in the reader's time zone. */
export const clockTime = (at: number): string => hourMinute.format(at);

/** `14:02:11`. */
export const preciseTime = (at: number): string => hourMinuteSecond.format(at);

/** Midnight, local time, before `at`: equal for two times of one day. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** The end of the day of `at`, local time: when today's times become yesterday's. */
export const nextMidnight = (at: number): number => new Date(at).setHours(24, 0, 0, 0);

/** Whole days between the local days of two times, rounded because a day with a clock change is not 24 h long. */
const daysBetween = (earlier: number, later: number): number => Math.round((dayOf(later) - dayOf(earlier)) / DAY_MS);

const sameYear = (a: number, b: number): boolean => new Date(a).getFullYear() === new Date(b).getFullYear();

/** Heading of a day in a timeline: `Today`, `Yesterday`, `Monday 3 March`, with the year when it is another one. */
export function dayHeading(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return words.time.today;
  if (days === 1) return words.time.yesterday;
  return (sameYear(at, now) ? longDay : longDayYear).format(at);
}

/** A day that may be long ago: `3 March 2026`. */
export const dayWithYear = (at: number): string => plainDay.format(at);

/** `3 March 2026, 14:02`. */
export const dayAndTime = (at: number): string => `${dayWithYear(at)}, ${clockTime(at)}`;

/** The shortest time that is still clear, for a list: `14:02`, `Yesterday`, `Mon`, `3 Mar`, `3 Mar 2024`. */
export function shortTime(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days <= 0) return clockTime(at);
  if (days === 1) return words.time.yesterday;
  if (days < 7) return weekday.format(at);
  return (sameYear(at, now) ? dayMonth : dayMonthYear).format(at);
}

/** How long something took: `4 ms`, `0.4 s`, `12 s`. */
export function duration(ms: number): string {
  if (ms < 100) return words.time.milliseconds(Math.round(ms));
  return words.time.seconds(ms < 10 * SECOND_MS ? (ms / SECOND_MS).toFixed(1) : String(Math.round(ms / SECOND_MS)));
}

/** How far behind something is: `40 ms`, `1.2 s`, `12 s`, `3 min`, `5 h`, `2 days`. */
export const lagTime = (ms: number): string => (ms < MINUTE_MS ? duration(ms) : age(ms));

/** How far a server is: whole milliseconds. */
export const roundTrip = (ms: number): string => words.time.milliseconds(Math.max(1, Math.round(ms)));

/** How long ago something was, in one unit: `12 s`, `3 min`, `5 h`, `2 days`. Never below a second. */
export function age(ms: number): string {
  if (ms < MINUTE_MS) return words.time.seconds(String(Math.max(1, Math.floor(ms / SECOND_MS))));
  if (ms < HOUR_MS) return words.time.minutes(Math.floor(ms / MINUTE_MS));
  if (ms < DAY_MS) return words.time.hours(Math.floor(ms / HOUR_MS));
  return words.time.days(Math.floor(ms / DAY_MS));
}
