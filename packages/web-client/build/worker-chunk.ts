import type { Plugin } from 'vite';

const WORKER = 'src/engine-worker.ts';
const ASKED_FOR = /new URL\('\.\/engine-worker\.ts', import\.meta\.url\)/;

/**
 * Builds the engine's worker as a chunk of the page's own build, which shares the rest with it. By itself Vite bundles each worker for itself, with
 * a second copy of the engine: a fifth of all scripts.
 */
export function workerChunk(): Plugin {
  let worker: string;
  return {
    name: 'parley:worker-chunk',
    apply: 'build',
    // Before Vite's own handling of workers.
    enforce: 'pre',
    buildStart() {
      worker = this.emitFile({ type: 'chunk', id: WORKER, name: 'engine-worker' });
    },
    transform: {
      filter: { id: /open-parley\.ts$/ },
      handler(code) {
        if (!ASKED_FOR.test(code)) this.error(`open-parley.ts does not start its worker by ${ASKED_FOR.source} any more; adapt build/worker-chunk.ts`);
        return { code: code.replace(ASKED_FOR, `import.meta.ROLLUP_FILE_URL_${worker}`), map: null };
      },
    },
  };
}
