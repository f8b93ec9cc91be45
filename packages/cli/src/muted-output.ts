import { Writable } from 'node:stream';

/** What readline writes to: passes on to a terminal, but for what is typed while it is muted. */
export class MutedOutput extends Writable {
  muted = false;
  readonly #terminal: NodeJS.WriteStream;
  readonly #resized = (): void => void this.emit('resize');

  constructor(terminal: NodeJS.WriteStream) {
    super();
    this.#terminal = terminal;
    terminal.on('resize', this.#resized);
  }

  /** The terminal's width; readline asks for it. */
  get columns(): number {
    return this.#terminal.columns;
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    if (!this.muted) this.#terminal.write(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.#terminal.off('resize', this.#resized);
    done();
  }
}
