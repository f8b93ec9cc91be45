import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const HOST = '127.0.0.1';

/** Which of a link's directions: `forth` is what the connecting end says, `back` what it hears. */
export interface Directions {
  readonly forth: boolean;
  readonly back: boolean;
}

/**
 * What becomes of the connections that met a cut when it is mended: TCP had given up and resets them; or sends again what was held; or something
 * on the way has forgotten them, and they stay dead without a word, while new ones are well.
 */
export type Mending = 'reset' | 'release' | 'forget';

interface LinkState {
  delayMs: number;
  forthHeld: boolean;
  backHeld: boolean;
}

/**
 * The way from one end to a server's port: a TCP proxy that passes bytes on, late, in one direction only, or not at all.
 * Cut with `hold`, connections stay open and new ones open, and nothing comes through: a black hole, where both ends think that they are connected.
 */
export class Link {
  readonly name: string;
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  /** Dead without a word. */
  readonly #forgotten = new Set<Connection>();
  readonly #state: LinkState = { delayMs: 0, forthHeld: false, backHeld: false };
  #isRefusing = false;

  private constructor(name: string, targetPort: number) {
    this.name = name;
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#accept(near));
  }

  static open(name: string, targetPort: number): Promise<Link> {
    const link = new Link(name, targetPort);
    return new Promise((resolve, reject) => {
      link.#server.once('error', reject);
      link.#server.listen(0, HOST, () => resolve(link));
    });
  }

  get port(): number {
    const bound = this.#server.address();
    return typeof bound === 'object' && bound ? bound.port : 0;
  }

  /** Nothing passes in these directions any more, the end of a connection neither. */
  hold({ forth, back }: Directions): void {
    this.#state.forthHeld ||= forth;
    this.#state.backHeld ||= back;
    for (const connection of this.#connections) connection.follow();
  }

  /** Resets all connections, and new ones as they come. */
  refuse(): void {
    this.#isRefusing = true;
    this.reset();
  }

  /** Resets the connections that there are: what was under way is lost. New ones are well. */
  reset(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** Each chunk comes so much later, in order. */
  delay(ms: number): void {
    this.#state.delayMs = ms;
  }

  heal(mending: Mending): void {
    const wasHeld = this.#state.forthHeld || this.#state.backHeld;
    Object.assign(this.#state, { delayMs: 0, forthHeld: false, backHeld: false });
    this.#isRefusing = false;
    if (!wasHeld) return;
    for (const connection of this.#connections) {
      if (mending === 'reset') connection.reset();
      else if (mending === 'release') connection.release();
      else {
        connection.forget();
        this.#forgotten.add(connection);
      }
    }
    if (mending === 'forget') this.#connections.clear();
  }

  close(): void {
    this.#server.close();
    this.reset();
    for (const connection of this.#forgotten) connection.reset();
  }

  #accept(near: Socket): void {
    if (this.#isRefusing) {
      near.on('error', () => {});
      return void near.resetAndDestroy();
    }
    const far = connect({ port: this.#targetPort, host: HOST, allowHalfOpen: true });
    const connection = new Connection(near, far, this.#state, () => {
      this.#connections.delete(connection);
      this.#forgotten.delete(connection);
    });
    this.#connections.add(connection);
    connection.follow();
  }
}

/** One connection through the proxy: its two sockets. */
class Connection {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #state: Readonly<LinkState>;
  readonly #ended: () => void;
  readonly #full = new Set<Socket>();
  #isForgotten = false;
  #isOver = false;

  constructor(near: Socket, far: Socket, state: Readonly<LinkState>, ended: () => void) {
    this.#near = near;
    this.#far = far;
    this.#state = state;
    this.#ended = ended;
    this.#pass(near, far);
    this.#pass(far, near);
  }

  /** Reads where it may: what is not read waits in the system's buffers, as with packets that are lost and sent again. */
  follow(): void {
    if (this.#isForgotten) return;
    this.#read(this.#near, this.#state.forthHeld || this.#full.has(this.#far));
    this.#read(this.#far, this.#state.backHeld || this.#full.has(this.#near));
  }

  /** Goes on with what was held, or ends where one of its ends is gone. */
  release(): void {
    if (this.#near.destroyed || this.#far.destroyed) this.reset();
    else this.follow();
  }

  /** Nothing passes any more, in either direction, and neither end is told. */
  forget(): void {
    this.#isForgotten = true;
    this.#near.pause();
    this.#far.pause();
  }

  reset(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
    this.#ended();
  }

  #read(socket: Socket, isHeld: boolean): void {
    if (isHeld) socket.pause();
    else socket.resume();
  }

  /** Hands on what comes from `source`, one chunk after the other, so that none overtakes another. */
  #pass(source: Socket, sink: Socket): void {
    let last: Promise<unknown> = Promise.resolve();
    const then = (act: () => void) => {
      const { delayMs } = this.#state;
      last = Promise.all([last, delayMs > 0 ? delay(delayMs, undefined, { ref: false }) : undefined]).then(() => {
        if (!this.#isOver) act();
      });
    };
    source.setNoDelay(true);
    source.on('data', (chunk) => then(() => {
      if (sink.write(chunk)) return;
      this.#full.add(sink);
      this.follow();
    }));
    sink.on('drain', () => {
      this.#full.delete(sink);
      this.follow();
    });
    source.on('end', () => then(() => sink.end()));
    // 'close' follows; what had come before it is still handed on.
    source.on('error', () => {});
    source.on('close', () => {
      const isHeld = source === this.#near ? this.#state.forthHeld : this.#state.backHeld;
      if (!isHeld && !this.#isForgotten) then(() => this.reset());
    });
  }
}
