/** What a test lets a browser's request come to. */
export interface FakeResponse {
  /** 0: the connection broke or was refused, or the browser hides the answer. */
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As much of XMLHttpRequest as the grpc-web library uses. */
export class FakeXhr {
  static readonly sent: FakeXhr[] = [];
  readyState = 0;
  status = 0;
  statusText = '';
  responseText = '';
  url = '';
  body = '';
  aborted = false;
  readonly requestHeaders = new Map<string, string>();
  onreadystatechange: (() => void) | null = null;
  #headers: Readonly<Record<string, string>> = {};

  open(_method: string, url: string): void {
    this.url = url;
    this.readyState = 1;
  }

  setRequestHeader(name: string, value: string): void {
    this.requestHeaders.set(name.toLowerCase(), value);
  }

  send(body: string): void {
    this.body = body;
    FakeXhr.sent.push(this);
  }

  abort(): void {
    this.aborted = true;
  }

  getResponseHeader(name: string): string | null {
    return this.#headers[name.toLowerCase()] ?? null;
  }

  getAllResponseHeaders(): string {
    return Object.entries(this.#headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  }

  /** The answer begins. */
  begin(response: FakeResponse): void {
    this.status = response.status;
    this.#headers = response.headers ?? {};
    this.#reach(2);
  }

  /** A piece of the answer's body. */
  receive(text: string): void {
    this.responseText += text;
    this.#reach(3);
  }

  /** The answer is complete, or the connection broke. */
  end(): void {
    this.#reach(4);
  }

  /** The connection breaks. */
  break(): void {
    this.status = 0;
    this.#headers = {};
    this.end();
  }

  #reach(state: number): void {
    this.readyState = state;
    this.onreadystatechange?.();
  }
}
