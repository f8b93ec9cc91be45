import type { Connection } from './api.ts';
import type { Clock } from './clock.ts';

/** Going over to the next stream takes less: it is nothing to tell people about. */
const UNNOTICED_MS = 1_000;

/** A stream has its first word within its heartbeat of 2 s, and some slack; its server has just answered, so nobody is told that none does. */
const FIRST_WORD_MS = 3_000;

const IDLE: Connection = { status: 'idle' };
const LIVE: Connection = { status: 'live' };

/** What people are told about the live stream: short gaps are passed over. */
export class ConnectionNotice {
  readonly #clock: Clock;
  readonly #changed: () => void;
  #status: Connection['status'] = 'idle';
  #view: Connection = IDLE;
  #gapSince: number | undefined;
  #timer: unknown;

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** The same object until something changes. `lastContactAt`: when any server last answered. */
  view(lastContactAt: number | undefined): Connection {
    if (this.#status !== 'reconnecting') this.#view = this.#status === 'live' ? LIVE : IDLE;
    else if (this.#view.status !== 'reconnecting' || this.#view.since !== this.#gapSince || this.#view.lastContactAt !== lastContactAt) {
      this.#view = { status: 'reconnecting', since: this.#gapSince ?? this.#clock.now(), lastContactAt };
    }
    return this.#view;
  }

  /** A stream is wanted; nothing was live yet, so there is nothing to hold on to. */
  begin(): void {
    this.#endGap();
    this.#gapSince = this.#clock.now();
    this.#set('reconnecting');
  }

  /** The stream has spoken. */
  up(): void {
    this.#endGap();
    this.#set('live');
  }

  /** A stream is open on a server that has just answered. */
  opened(): void {
    if (this.#status === 'live' && this.#gapSince !== undefined) this.#tellIn(FIRST_WORD_MS);
  }

  /** The stream is over and another is wanted. */
  down(): void {
    if (this.#status !== 'live') return;
    this.#gapSince ??= this.#clock.now();
    this.#tellIn(Math.max(0, this.#gapSince + UNNOTICED_MS - this.#clock.now()));
  }

  /** No stream is wanted. */
  idle(): void {
    this.#endGap();
    this.#set('idle');
  }

  #tellIn(ms: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.#set('reconnecting'), ms);
  }

  #endGap(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#gapSince = undefined;
  }

  #set(status: Connection['status']): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#changed();
  }
}
