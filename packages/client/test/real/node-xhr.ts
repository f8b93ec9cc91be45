import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';

/** A process stands for many browsers here: the six connections to an origin that each of them has are not shared out among all. */
const agent = new Agent({ keepAlive: true });

/**
 * As much of XMLHttpRequest as the grpc-web library uses, over Node's own HTTP: with it the transport of browsers runs here against real
 * servers, byte for byte as there.
 */
export class NodeXhr {
  readyState = 0;
  status = 0;
  statusText = '';
  responseText = '';
  responseType = '';
  withCredentials = false;
  onreadystatechange: (() => void) | null = null;
  readonly #requestHeaders: Record<string, string> = {};
  #method = '';
  #url = '';
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;

  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
    this.readyState = 1;
  }

  setRequestHeader(name: string, value: string): void {
    this.#requestHeaders[name] = value;
  }

  send(body: string | Uint8Array): void {
    const sent = request(this.#url, { method: this.#method, headers: this.#requestHeaders, agent }, (response) => this.#receive(response));
    this.#request = sent;
    sent.on('error', () => this.#break());
    sent.end(body);
  }

  abort(): void {
    this.readyState = 0;
    this.#request?.destroy();
  }

  getResponseHeader(name: string): string | null {
    const value = this.#response?.headers[name.toLowerCase()];
    return typeof value === 'string' ? value : null;
  }

  getAllResponseHeaders(): string {
    return Object.entries(this.#response?.headers ?? {}).map(([name, value]) => `${name}: ${String(value)}\r\n`).join('');
  }

  #receive(response: IncomingMessage): void {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.statusText = response.statusMessage ?? '';
    response.setEncoding('latin1');
    response.on('data', (text: string) => {
      this.responseText += text;
      this.#reach(3);
    });
    response.on('end', () => this.#reach(4));
    response.on('error', () => this.#break());
    this.#reach(2);
  }

  /** The connection broke or was refused: a browser tells no more than that. */
  #break(): void {
    if (this.readyState === 0 || this.readyState === 4) return;
    this.status = 0;
    this.statusText = '';
    this.#reach(4);
  }

  #reach(state: number): void {
    if (this.readyState === 0 || this.readyState === 4) return;
    this.readyState = state;
    this.onreadystatechange?.();
  }
}
