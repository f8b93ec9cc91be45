import { once } from 'node:events';
import { createServer, type IncomingMessage, request as ask, type ServerResponse } from 'node:http';

const OLD_WORDS = 'Team chat that stays up.';
const VERSION = /version\\":\\"[0-9a-f]{12}/;

/** What the page of the next version says of itself. */
export const NEXT_WORDS = 'The next version.';

/** A server's address, at which the page can become one of another version, as it does by an upgrade. Calls pass through. */
export class ChangingPage {
  readonly url: string;
  isNext = false;
  readonly #target: URL;
  readonly #server = createServer((request, response) => this.#forward(request, response));

  private constructor(target: string, port: number) {
    this.#target = new URL(target);
    this.url = `http://localhost:${port}`;
  }

  static async start(target: string, port: number): Promise<ChangingPage> {
    const page = new ChangingPage(target, port);
    page.#server.listen(port, '127.0.0.1');
    await once(page.#server, 'listening');
    return page;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const { hostname, port } = this.#target;
    const { 'accept-encoding': _encoding, 'if-none-match': _tag, ...headers } = request.headers;
    const onwards = ask({ hostname, port, path: request.url, method: request.method, headers }, (answer) => {
      if (this.isNext && (request.url === '/' || request.url === '/sw.js')) void sendChanged(answer, response);
      else {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }
    });
    onwards.on('error', () => response.destroy());
    response.on('close', () => onwards.destroy());
    request.pipe(onwards);
  }
}

async function sendChanged(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  const changed = text.replace(OLD_WORDS, NEXT_WORDS).replace(VERSION, 'version\\":\\"00000000next');
  if (changed === text) throw new Error('the page has nothing by which a version can be told from another');
  const { 'content-length': _length, etag: _etag, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, headers);
  response.end(changed);
}
