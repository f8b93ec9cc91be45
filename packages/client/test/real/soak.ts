import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../../../scripts/local-cluster/until.ts';
import type { ServerProcesses } from './server-processes.ts';
import type { RealTransport } from './real-transports.ts';
import { SoakAccount } from './soak-account.ts';

export interface SoakOptions {
  readonly processes: ServerProcesses;
  /** Clients use them in turn. */
  readonly transports: readonly RealTransport[];
  /** Even: each account has two, as a person has a telephone and a desk. */
  readonly clients: number;
  readonly seconds: number;
  /** Between two messages of one client, on average: milliseconds. */
  readonly paceMs: number;
  readonly say: (line: string) => void;
}

export interface SoakResult {
  readonly sent: number;
  readonly kills: number;
  /** From the last message until all clients showed the same: seconds. */
  readonly settledInS: number;
  /** What is wrong, in words; empty: nothing. */
  readonly problems: readonly string[];
}

/** Between two kills, and from a kill to the new start: milliseconds. */
const KILL_EVERY_MS = { low: 2_000, high: 5_000 };
const DEAD_FOR_MS = { low: 500, high: 4_000 };
const BEGIN_AT_ONCE = 5;
const SETTLE_TIMEOUT_MS = 120_000;
/** Accounts whose history is read once more at the end, by clients that have seen nothing. */
const READ_AGAIN = 4;

const between = ({ low, high }: { readonly low: number; readonly high: number }): number => low + Math.random() * (high - low);

/** Many clients write to each other while random servers are killed and started again: nothing may be lost, nothing be there twice, and all show the same at the end. */
export async function soak({ processes, transports, clients, seconds, paceMs, say }: SoakOptions): Promise<SoakResult> {
  const accounts = Array.from({ length: clients / 2 }, (_, index) => new SoakAccount(`soak${index}`, processes, transports, index));
  try {
    // Passwords are hashed slowly on purpose: all at once they would wait for each other.
    for (let start = 0; start < accounts.length; start += BEGIN_AT_ONCE) await Promise.all(accounts.slice(start, start + BEGIN_AT_ONCE).map((account) => account.begin()));
    // A ring: each writes to the next one and to the one before.
    await Promise.all(accounts.map((account, index) => account.meet(accounts[(index + 1) % accounts.length] ?? account)));
    await until(() => accounts.every((account) => account.isLoaded(2)), { what: 'all have their conversations', timeoutMs: SETTLE_TIMEOUT_MS });
    say(`${clients} clients of ${accounts.length} accounts write for ${seconds} s`);
    const end = performance.now() + seconds * 1_000;
    const [kills] = await Promise.all([keepKilling(processes, end, say), ...accounts.map((account) => account.keepWriting(end, paceMs))]);
    await processes.restore();
    const stopped = performance.now();
    const problems = (): string[] => accounts.flatMap((account) => account.problems(accounts));
    await until(() => problems().length === 0, { what: 'all clients show the same', timeoutMs: SETTLE_TIMEOUT_MS }).catch(() => undefined);
    const settledInS = (performance.now() - stopped) / 1_000;
    const again = await Promise.all(accounts.slice(0, READ_AGAIN).map((account) => account.readAgain()));
    return { sent: accounts.reduce((sum, account) => sum + account.sent.size, 0), kills, settledInS, problems: [...problems(), ...again.flat()] };
  } finally {
    await Promise.all(accounts.map((account) => account.close()));
  }
}

/** Resolves to how often it has killed a server. */
async function keepKilling(processes: ServerProcesses, end: number, say: (line: string) => void): Promise<number> {
  let kills = 0;
  const returning: Promise<void>[] = [];
  for (;;) {
    await delay(between(KILL_EVERY_MS));
    if (performance.now() >= end) break;
    const running = processes.servers.filter((server) => server.isRunning);
    const server = running[Math.floor(Math.random() * running.length)];
    // The last one is left: with all dead for seconds clients would only wait.
    if (!server || running.length === 1) continue;
    kills += 1;
    say(`${server.name} is killed`);
    await server.kill();
    returning.push(delay(between(DEAD_FOR_MS)).then(() => server.start()));
  }
  await Promise.all(returning);
  return kills;
}
