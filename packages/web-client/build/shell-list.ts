import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const SOURCE = 'src/shell/service-worker.ts';
/** Not hashed: browsers look for a new one at the address of the old one. */
const FILE = 'sw.js';
/** Where the service worker has its list: a string of this content. */
const PLACE = /(["'`])__SHELL__\1/;

/** Builds the service worker, and tells it which files the page consists of. Its bytes change with any of them, by which browsers notice a new version. */
export function shellList(publicDir: string): Plugin {
  return {
    name: 'parley:shell-list',
    apply: 'build',
    // After index.html is written.
    enforce: 'post',
    buildStart() {
      this.emitFile({ type: 'chunk', id: SOURCE, fileName: FILE });
    },
    generateBundle(_options, bundle) {
      const worker = bundle[FILE];
      if (worker?.type !== 'chunk' || !PLACE.test(worker.code)) return this.error(`${SOURCE} has no place for the list of files`);
      if (worker.imports.length > 0) return this.error(`${SOURCE} shares ${worker.imports.join()} with the page: it has to stand alone`);
      if (!('index.html' in bundle)) return this.error('index.html is not written yet');
      const hash = createHash('sha256');
      const built = Object.values(bundle).filter(({ fileName }) => fileName !== FILE);
      for (const output of built) hash.update(output.fileName).update(output.type === 'chunk' ? output.code : output.source);
      hash.update(worker.code);
      const kept = readdirSync(publicDir);
      for (const file of kept) hash.update(file).update(readFileSync(join(publicDir, file)));
      const files = [...built.map(({ fileName }) => fileName).filter((file) => file !== 'index.html'), ...kept].map((file) => `/${file}`);
      const list = { version: hash.digest('hex').slice(0, 12), files: ['/', ...files].sort() };
      worker.code = worker.code.replace(PLACE, () => JSON.stringify(JSON.stringify(list)));
    },
  };
}
