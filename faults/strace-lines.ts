/** A system call as `strace -f -ttt -yy` writes it down: when it returned, in the order in which calls returned in their thread. */
export interface SystemCall {
  readonly name: string;
  /** File or socket of its first argument: `/tmp/a.db-wal`, `TCP:[127.0.0.1:1->127.0.0.1:2]`. */
  readonly target: string;
  /** The line, which holds what was written. */
  readonly line: string;
  /** It did what it was asked to. */
  readonly succeeded: boolean;
  /** Order in the trace of its beginning, and of its return. */
  readonly began: number;
  readonly returned: number;
}

const START = /^(?:\[pid +)?(\d+)\]? +[\d.]+ (.*)$/;
const CALL = /^(\w+)\(\d+<(.*?)>[,)]/;
const UNFINISHED = / <unfinished \.\.\.>$/;
const RESUMED = /^<\.\.\. (\w+) resumed>/;
const RESULT = / = (-?\d+)(?: .*)?$/;

/** Reads a trace; calls that were cut off by the end of it are left out. */
export function parseTrace(trace: string): SystemCall[] {
  const calls: SystemCall[] = [];
  const open = new Map<string, { line: string; began: number }>();
  for (const [index, whole] of trace.split('\n').entries()) {
    const [, pid = '', rest = ''] = START.exec(whole) ?? [];
    if (UNFINISHED.test(rest)) {
      open.set(pid, { line: rest.replace(UNFINISHED, ''), began: index });
      continue;
    }
    const begun = RESUMED.test(rest) ? open.get(pid) : undefined;
    const line = begun ? `${begun.line}${rest.replace(RESUMED, '')}` : rest;
    if (begun) open.delete(pid);
    const [, name, target] = CALL.exec(line) ?? [];
    const result = RESULT.exec(line)?.[1];
    if (name === undefined || target === undefined || result === undefined) continue;
    calls.push({ name, target, line, succeeded: !result.startsWith('-'), began: begun?.began ?? index, returned: index });
  }
  return calls;
}
