import { BadConfig, helpText, readConfig } from './config.ts';

const read = (args: string[], env: Record<string, string> = {}) => {
  const config = readConfig(args, env);
  if (typeof config === 'string') throw new Error(config);
  return config;
};

test('flags, with hyphens or underscores, and variables; flags win', () => {
  const config = read(['--host', '127.0.0.1', '--db_file=data/a.db', '--port=7000', '--join', 'a:1, b:2'], { PARLEY_PORT: '1', PARLEY_HTTP_PORT: '7001', PARLEY_REPLICAS: 'b:2,c:3', PARLEY_FIRST: 'true', PARLEY_ACK_TIMEOUT: '' });
  expect(config).toMatchObject({
    host: '127.0.0.1', port: 7000, httpPort: 7001, dbFile: 'data/a.db', seeds: ['b:2', 'c:3', 'a:1'], advertise: '127.0.0.1:7000', name: '127.0.0.1:7000',
    publicUrl: 'http://localhost:7001', secretFile: 'data/cluster-secret', ackTimeoutMs: undefined, waitFor: undefined, first: true,
  });
  expect([read(['--wait-for', '2']).waitFor, read([], { PARLEY_WAIT_FOR: '1' }).waitFor]).toEqual([2, 1]);
  expect(read(['--advertise', 'server1:50051'], {}).name).toBe('server1');
});

test.each([
  [['--nonsense'], /--nonsense/],
  [['stray'], /stray/],
  [['--port', 'x'], /--port x/],
  [['--port', '70000'], /0 to 65535/],
  [['--http-port', '-1'], /--http-port/],
  [['--replicas', 'a:1,b'], /--replicas b: give HOST:PORT/],
  [['--advertise', 'http://a:1'], /--advertise/],
  [['--public-url', 'a:1'], /--public-url/],
  [['--ack-timeout', '1'], /--ack-timeout 1/],
  [['--wait-for', '0'], /--wait-for 0/],
  [['--wait-for', 'all'], /--wait-for all/],
  [['--log-level', 'loud'], /--log-level/],
  [['--db-file', ':memory:'], /give a file/],
] as [string[], RegExp][])('%j is refused in one line', (args, message) => {
  expect(() => read(args)).toThrow(BadConfig);
  expect(() => read(args)).toThrow(message);
  try {
    read(args);
  } catch (error) {
    expect(String(error)).not.toContain('\n');
  }
});

test('--help names every flag', () => {
  for (const flag of ['host', 'port', 'db-file', 'replicas', 'join', 'advertise', 'public-url', 'http-port', 'cluster-secret-file', 'ack-timeout', 'wait-for', 'first']) expect(helpText()).toContain(`--${flag}`);
  expect(readConfig(['--help'], {})).toBe('help');
});
