import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { isChatPath, openBridge, type Bridge } from './bridge.ts';
import type { Metrics } from './metrics.ts';
import { loadPage, type Page } from './page.ts';

/** What `/config.json` tells a page: where the cluster's servers answer browsers. */
export interface PageConfig {
  readonly clusterId: string;
  readonly self: PageServer;
  /** All servers of the cluster that have told a public URL. */
  readonly servers: readonly PageServer[];
}

export interface PageServer {
  readonly name: string;
  /** Public URL. */
  readonly url: string;
}

export interface WebServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** host:port of the replica's own gRPC port, for the bridge. */
  readonly grpcTarget: string;
  /** Where the built page lies. */
  readonly pageDir: string;
  /** Whether people should be sent here now: `/readyz`. */
  isReady(): boolean;
  config(): PageConfig;
  /** What `/metrics` tells. */
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  readonly log: Logger;
}

export interface WebServer {
  /** The port that it listens on. */
  readonly port: number;
  /** Stops listening, lets requests in flight end for a second, then cuts them. */
  close(): Promise<void>;
}

/** A draining server ends its streams at once; what is longer than this hangs on a browser that does not read. */
const CLOSE_GRACE_MS = 1000;
/** Headers and body of a request have to be here by then, so that slow senders cannot hold connections. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a proxy in front keeps an idle connection (Envoy here: 30 s), so that no request meets a closing one. */
const KEEP_ALIVE_MS = 65_000;

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  // Scripts and styles from this server only; calls go to every server of the cluster, whose addresses change while the page is open.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; media-src 'self'; " +
    "worker-src 'self'; manifest-src 'self'; connect-src 'self' http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

/** Starts the port that browsers use: the page, `/healthz`, `/readyz`, `/config.json`, `/metrics`, and the gRPC-Web bridge. Rejects with the system's error when it cannot listen. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const { log } = options;
  const page = await loadPage(options.pageDir);
  const bridge = openBridge(options.grpcTarget, log);
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', (error) => log.debug({ err: error }, 'a browser went away'));
    try {
      answer(request, response, options, page, bridge);
    } catch (error) {
      // No request may end the process.
      log.error({ err: error, path: request.url }, 'a request could not be answered');
      response.destroy();
    }
    // A connection that becomes idle after close() is not closed by it.
    response.on('close', () => {
      if (!server.listening) server.closeIdleConnections();
    });
  });
  let port: number;
  try {
    port = await listen(server, options);
  } catch (error) {
    bridge.close();
    throw error;
  }
  log.info({ host: options.host, port }, 'web port is open');
  return {
    port,
    close: async () => {
      await close(server);
      bridge.close();
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, options: WebServerOptions, page: Page, bridge: Bridge): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  const path = request.url?.split('?')[0] ?? '/';
  if (isChatPath(path)) return bridge.handle(request, response);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return sendText(response, 405, 'Only GET and HEAD work here. The chat is at /.');
  }
  switch (path) {
    case '/healthz':
      return sendText(response, 200, 'This server is alive.');
    case '/readyz':
      return options.isReady()
        ? sendText(response, 200, 'This server is ready.')
        : sendText(response, 503, 'This server is not ready: it is starting, catching up or shutting down. Use another one, or try again in a moment.');
    case '/config.json':
      // Anybody's tool may ask where the servers are: it is what a page tells everybody who opens it.
      response.setHeader('access-control-allow-origin', '*');
      return send(response, 200, 'application/json', JSON.stringify(options.config()));
    case '/metrics':
      void options.metrics.text().then(
        (text) => send(response, 200, options.metrics.contentType, text),
        (error: unknown) => {
          options.log.error({ err: error }, 'the metrics could not be read');
          response.destroy();
        },
      );
      return;
  }
  if (page.serve(path, request, response)) return;
  if (path === '/') return sendText(response, 503, 'The web page is not built here. Run `npm run build`, then start this server again.');
  sendText(response, 404, 'There is nothing at this address. The chat is at /.');
}

function sendText(response: ServerResponse, code: number, text: string): void {
  send(response, code, 'text/plain; charset=utf-8', `${text}\n`);
}

function send(response: ServerResponse, code: number, type: string, body: string): void {
  response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Resolves to the port that it got. */
async function listen(server: Server, { host, port }: WebServerOptions): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
