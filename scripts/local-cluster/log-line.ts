const LEVELS: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'ERROR', 60: 'FATAL' };

/** A server's log line (one JSON object, as pino writes it) for people: `info web port is open port=8081`. Any other line stays as it is. */
export function readable(line: string): string {
  const event = parseEvent(line);
  if (!event) return line;
  const { level, msg, time: _time, pid: _pid, hostname: _hostname, server: _server, ...fields } = event;
  const shown = Object.entries(fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [LEVELS[Number(level)] ?? String(level), msg, ...shown].join(' ');
}

function parseEvent(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === 'object' && event !== null && 'level' in event && 'msg' in event ? { ...event } : undefined;
  } catch {
    return undefined;
  }
}
