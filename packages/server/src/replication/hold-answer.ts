import type { Time } from '../stamp/clock.ts';

/** While what was asked for is made, an answer is held this long, so that whoever asked does not ask all the time. */
const HOLD_ANSWER_MS = 1000;

/** Resolves to what is made, or to undefined where that takes longer than an answer can be held; rejects with what went wrong meanwhile. */
export async function holdAnswer<T>(making: Promise<T>, time: Time): Promise<T | undefined> {
  let cancel = () => {};
  const held = new Promise<undefined>((resolve) => {
    cancel = time.after(HOLD_ANSWER_MS, () => resolve(undefined));
  });
  try {
    return await Promise.race([making, held]);
  } finally {
    cancel();
  }
}
