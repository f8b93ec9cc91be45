import type { EngineMessage, PortOfEngine, PortOfTab, TabMessage } from './protocol.ts';

/** As much of a BroadcastChannel as is used: everybody hears what anybody posts, but for the one who posts it. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

type Envelope =
  | { readonly kind: 'to leader'; readonly tab: string; readonly body: TabMessage }
  | { readonly kind: 'to tab'; readonly tab: string; readonly body: EngineMessage }
  /** Another tab leads now: all go over to it. */
  | { readonly kind: 'leading' };

/** Ways between the tabs of a browser and the one of them that leads, over one channel that all hear. */
export class ChannelPorts {
  readonly #channel: Channel;
  /** This tab's own name on the channel. */
  readonly #name: string;
  /** Who talks to this tab while it leads, by name. */
  readonly #served = new Map<string, (message: TabMessage) => void>();
  #fromLeader: ((message: EngineMessage) => void) | undefined;
  /** A tab that is not known yet wants to be served; undefined: this tab does not lead. */
  #newcomer: ((port: PortOfEngine) => void) | undefined;

  /** `changed`: another tab leads now. */
  constructor(channel: Channel, name: string, changed: () => void) {
    this.#channel = channel;
    this.#name = name;
    channel.onmessage = ({ data }: MessageEvent<Envelope>) => {
      if (data.kind === 'leading') changed();
      else if (data.kind === 'to leader') this.#serve(data.tab, data.body);
      else if (data.tab === this.#name) this.#fromLeader?.(data.body);
    };
  }

  /** The way to whichever tab leads. */
  toLeader(): PortOfTab {
    return {
      post: (body) => this.#post({ kind: 'to leader', tab: this.#name, body }),
      listen: (listener) => {
        this.#fromLeader = listener;
      },
      close: () => {
        this.#fromLeader = undefined;
      },
    };
  }

  /** From now on this tab leads: all others are told, and each that comes is given to `newcomer`. */
  lead(newcomer: (port: PortOfEngine) => void): void {
    this.#newcomer = newcomer;
    this.#post({ kind: 'leading' });
  }

  close(): void {
    this.#newcomer = undefined;
    this.#channel.close();
  }

  #serve(tab: string, message: TabMessage): void {
    if (message.kind === 'hello') {
      // One that says hello again has begun anew: served twice it would hear everything twice.
      this.#served.get(tab)?.({ kind: 'bye' });
      this.#newcomer?.(this.#toTab(tab));
    }
    this.#served.get(tab)?.(message);
  }

  #toTab(tab: string): PortOfEngine {
    return {
      post: (body) => this.#post({ kind: 'to tab', tab, body }),
      listen: (listener) => this.#served.set(tab, listener),
      close: () => this.#served.delete(tab),
    };
  }

  #post(envelope: Envelope): void {
    this.#channel.postMessage(envelope);
  }
}
