import type { Logger } from 'pino';
import type { Counters } from './counters.ts';
import type { Trace } from './trace.ts';

/** What a replica logs goes into the trace; warnings and alarms are counted by their words. */
export function silentLogger(name: string, counters: Counters, trace: Trace): Logger {
  const log = (level: string, isCounted: boolean) => (fields: unknown, message?: string) => {
    const words = message ?? String(fields);
    if (isCounted) counters.count(`log: ${words}`);
    trace.say(() => `${name} ${level} ${words} ${JSON.stringify(fields, withoutStacks)}`);
  };
  const levels = { trace: log('trace', false), debug: log('debug', false), info: log('info', false), warn: log('warn', true), error: log('error', true), fatal: log('fatal', true) };
  return levels as unknown as Logger;
}

/** Where in the program an error arose says nothing of the run. */
function withoutStacks(_: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
