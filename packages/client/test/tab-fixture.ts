import { createHash } from 'node:crypto';
import { EngineHost } from '../src/tabs/engine-host.ts';
import type { PortOfEngine, PortOfTab, TabMessage, EngineMessage } from '../src/tabs/protocol.ts';
import type { EnginePort } from '../src/tabs/engine-port.ts';
import { TabClient } from '../src/tabs/tab-client.ts';
import { FakeRandom } from './fake-random.ts';
import { Fixture } from './fixture.ts';

/** A way between a tab and an engine on which messages are cloned, as between threads. */
export class FakePort {
  readonly ofTab: PortOfTab;
  readonly ofEngine: PortOfEngine;
  /** Nothing comes through any more, as when a worker is killed. */
  isCut = false;
  /** What the engine said. */
  readonly heard: EngineMessage[] = [];
  #toTab: (message: EngineMessage) => void = () => undefined;
  #toEngine: (message: TabMessage) => void = () => undefined;

  constructor() {
    this.ofTab = this.#end<TabMessage, EngineMessage>((message) => this.#toEngine(message), (listener) => {
      this.#toTab = listener;
    });
    this.ofEngine = this.#end<EngineMessage, TabMessage>((message) => {
      this.heard.push(message);
      this.#toTab(message);
    }, (listener) => {
      this.#toEngine = listener;
    });
  }

  #end<Out, In>(deliver: (message: Out) => void, register: (listener: (message: In) => void) => void): EnginePort<Out, In> {
    return {
      post: (message) => {
        const cloned = structuredClone(message);
        queueMicrotask(() => {
          if (!this.isCut) deliver(cloned);
        });
      },
      listen: register,
      close: () => undefined,
    };
  }
}

/** A client in virtual time that serves tabs. */
export class TabFixture {
  readonly engine: Fixture;
  readonly host: EngineHost;

  constructor(engine = new Fixture()) {
    this.engine = engine;
    this.host = new EngineHost(engine.client, engine.clock);
  }

  /** The next engine on the same device. */
  next(): TabFixture {
    return new TabFixture(this.engine.again());
  }

  connect(tab: TabClient): FakePort {
    const port = new FakePort();
    this.host.connect(port.ofEngine);
    tab.attach(port.ofTab);
    return port;
  }

  newTab(silent: () => void = () => undefined, random = new FakeRandom()): TabClient {
    return new TabClient({ silent, clock: this.engine.clock, random, digest: (data) => createHash('sha256').update(data).digest() });
  }
}
