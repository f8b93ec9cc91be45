import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { pino } from 'pino';
import { startWebServer, type WebServer } from './web-server.ts';

const SCRIPT = `console.log(${JSON.stringify('parley '.repeat(200))});`;

let dir: string;
let server: WebServer;
let ready = true;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'parley-web-'));
  const pageDir = join(dir, 'page');
  mkdirSync(join(pageDir, 'assets'), { recursive: true });
  writeFileSync(join(pageDir, 'index.html'), '<!doctype html><title>Parley</title>');
  writeFileSync(join(pageDir, 'assets', 'index-abc123.js'), SCRIPT);
  writeFileSync(join(pageDir, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(dir, 'secret.txt'), 'not for browsers');
  server = await start(pageDir);
});

afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

function start(pageDir: string, port = 0): Promise<WebServer> {
  return startWebServer({
    host: '127.0.0.1',
    port,
    grpcTarget: '127.0.0.1:1',
    pageDir,
    isReady: () => ready,
    config: () => ({ clusterId: 'c1', self: { name: 'server1', url: 'http://a' }, servers: [{ name: 'server1', url: 'http://a' }, { name: 'server2', url: 'http://b' }] }),
    metrics: { contentType: 'text/plain; version=0.0.4', text: () => Promise.resolve('parley_ready 1\n') },
    log: pino({ level: 'silent' }),
  });
}

/** Unlike fetch it sends a path as it is, and does not unpack what comes. */
async function raw(path: string, options: { method?: string; headers?: Record<string, string>; port?: number } = {}): Promise<{ response: IncomingMessage; body: Buffer }> {
  const request = httpRequest({ host: '127.0.0.1', port: options.port ?? server.port, path, method: options.method ?? 'GET', headers: options.headers ?? {} });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { response, body: Buffer.concat(chunks) };
}

const url = (path: string): string => `http://127.0.0.1:${server.port}${path}`;

describe('the page', () => {
  test('is served with its types; names without a hash are asked for again each time', async () => {
    const index = await fetch(url('/'));
    expect(index.status).toBe(200);
    expect(index.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(index.headers.get('cache-control')).toBe('no-cache');
    expect(await index.text()).toContain('<title>Parley</title>');
    expect((await fetch(url('/icon.svg?v=2'))).headers.get('content-type')).toBe('image/svg+xml');
  });

  test('hashed assets are kept for ever, and come compressed to who takes that', async () => {
    const { response, body } = await raw('/assets/index-abc123.js');
    expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(response.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(body.toString()).toBe(SCRIPT);

    const zipped = await raw('/assets/index-abc123.js', { headers: { 'accept-encoding': 'br, gzip;q=0.8' } });
    expect(zipped.response.headers['content-encoding']).toBe('gzip');
    expect(zipped.body.length).toBeLessThan(SCRIPT.length / 4);
    expect(zipped.response.headers.etag).not.toBe(response.headers.etag);
    expect((await raw('/assets/index-abc123.js', { headers: { 'accept-encoding': 'gzip;q=0' } })).response.headers['content-encoding']).toBeUndefined();
    expect(await (await fetch(url('/assets/index-abc123.js'))).text()).toBe(SCRIPT);
  });

  test('is not sent again to a browser that has it', async () => {
    const { response } = await raw('/');
    const again = await raw('/', { headers: { 'if-none-match': `W/${String(response.headers.etag)}` } });
    expect(again.response.statusCode).toBe(304);
    expect(again.body).toHaveLength(0);
    expect(again.response.headers['cache-control']).toBe('no-cache');
  });

  test('HEAD gives the headers alone', async () => {
    const { response, body } = await raw('/', { method: 'HEAD' });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-length']).toBe(String('<!doctype html><title>Parley</title>'.length));
    expect(body).toHaveLength(0);
  });

  test.each(['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/assets/%2e%2e%5c..%5csecret.txt', '//etc/passwd', '/%', '/assets', '/assets/', '/constructor', '/nothing'])(
    'has nothing at %s',
    async (path) => {
      const { response, body } = await raw(path);
      expect(response.statusCode).toBe(404);
      expect(body.toString()).toBe('There is nothing at this address. The chat is at /.\n');
    },
  );

  test('says how to build it where it is not built', async () => {
    const other = await start(join(dir, 'not-built'));
    const { response, body } = await raw('/', { port: other.port });
    await other.close();
    expect(response.statusCode).toBe(503);
    expect(body.toString()).toContain('npm run build');
  });
});

test('every answer carries the security headers', async () => {
  for (const path of ['/', '/assets/index-abc123.js', '/healthz', '/config.json', '/nothing']) {
    const { headers } = await fetch(url(path));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain('connect-src \'self\' http: https:;');
    expect(policy).toContain("frame-ancestors 'none'");
  }
});

test('what is not a GET or HEAD is refused in words', async () => {
  const response = await fetch(url('/'), { method: 'POST', body: 'x' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD');
  expect(await response.text()).toBe('Only GET and HEAD work here. The chat is at /.\n');
});

test('/healthz is about life, /readyz about readiness', async () => {
  ready = false;
  expect((await fetch(url('/healthz'))).status).toBe(200);
  const notReady = await fetch(url('/readyz'));
  expect(notReady.status).toBe(503);
  expect(await notReady.text()).toContain('not ready');
  ready = true;
  expect((await fetch(url('/readyz'))).status).toBe(200);
});

test('/config.json tells the servers to pages of every origin and is never kept', async () => {
  const response = await fetch(url('/config.json'));
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({ clusterId: 'c1', self: { name: 'server1', url: 'http://a' }, servers: [{ name: 'server1', url: 'http://a' }, { name: 'server2', url: 'http://b' }] });
});

test('a port in use rejects with the system\'s error', async () => {
  await expect(start(dir, server.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('close() ends idle connections and frees the port', async () => {
  const other = await start(dir);
  const socket = connect(other.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(socket, 'data');
  const ended = once(socket, 'close');
  await other.close();
  await ended;
  await (await start(dir, other.port)).close();
});
