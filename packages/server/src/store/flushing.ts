import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** For so long what is written to the file may gather before it is brought to the disk: as much as a disk writes in some milliseconds. */
const FLUSH_EVERY_MS = 50;

/**
 * Waits for `task`, which writes a large new file at `path` in a thread, and brings what it has written to the disk all the while. Without that the system
 * gathers hundreds of megabytes, and when it writes them at once every commit of the database waits behind them, with the event loop.
 */
export async function flushing<T>(path: string, task: Promise<T>): Promise<T> {
  let isDone = false;
  const flushed = flush(path, () => isDone);
  try {
    return await task;
  } finally {
    isDone = true;
    await flushed;
  }
}

async function flush(path: string, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    // The task makes the file, and takes it away when it fails. A disk that does not take it fails the task itself.
    await flushOnce(path).catch(() => {});
    if (!isDone()) await setTimeout(FLUSH_EVERY_MS);
  }
}

async function flushOnce(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}
