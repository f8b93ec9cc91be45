import type { Browser, CDPSession, Page } from 'playwright-core';

/** What is in use after a garbage collection: MB (10^6 bytes). */
export interface Heap {
  readonly page: number;
  /** Of the SharedWorker in which the engine runs. */
  readonly worker: number;
}

const BYTES_PER_MB = 1e6;

/** Reads the heaps of a page and of the one worker of its browser. */
export class HeapReader {
  readonly #page: CDPSession;
  readonly #worker: WorkerSession;

  private constructor(page: CDPSession, worker: WorkerSession) {
    this.#page = page;
    this.#worker = worker;
  }

  static async of(page: Page, browser: Browser): Promise<HeapReader> {
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.enable');
    return new HeapReader(session, await WorkerSession.open(await browser.newBrowserCDPSession()));
  }

  async read(): Promise<Heap> {
    await this.#page.send('HeapProfiler.collectGarbage');
    const { usedSize } = await this.#page.send('Runtime.getHeapUsage');
    await this.#worker.send('HeapProfiler.collectGarbage');
    const worker = await this.#worker.send('Runtime.getHeapUsage');
    return { page: usedSize / BYTES_PER_MB, worker: Number(worker['usedSize']) / BYTES_PER_MB };
  }
}

/** Calls to a SharedWorker, which Playwright has no session for: they travel inside of calls to the browser. */
class WorkerSession {
  readonly #browser: CDPSession;
  readonly #sessionId: string;
  #calls = 0;

  private constructor(browser: CDPSession, sessionId: string) {
    this.#browser = browser;
    this.#sessionId = sessionId;
  }

  static async open(browser: CDPSession): Promise<WorkerSession> {
    const { targetInfos } = await browser.send('Target.getTargets');
    const [worker, ...others] = targetInfos.filter(({ type }) => type === 'shared_worker');
    if (worker === undefined || others.length > 0) throw new Error(`there are ${targetInfos.length} workers where one should be`);
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId: worker.targetId, flatten: false });
    return new WorkerSession(browser, sessionId);
  }

  send(method: string): Promise<Readonly<Record<string, unknown>>> {
    const id = (this.#calls += 1);
    const answer = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      const hear = ({ sessionId, message }: { sessionId: string; message: string }): void => {
        const reply = JSON.parse(message) as { id?: number; result?: Record<string, unknown>; error?: { message: string } };
        if (sessionId !== this.#sessionId || reply.id !== id) return;
        this.#browser.off('Target.receivedMessageFromTarget', hear);
        if (reply.error) reject(new Error(`${method}: ${reply.error.message}`));
        else resolve(reply.result ?? {});
      };
      this.#browser.on('Target.receivedMessageFromTarget', hear);
    });
    return this.#browser.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message: JSON.stringify({ id, method }) }).then(() => answer);
  }
}
