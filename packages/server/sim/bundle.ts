import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, '..', '..');
/** Beside the packages whose native modules the bundle loads; ignored by git. */
const outDir = join(here, '..', 'node_modules', '.cache', 'parley-sim');

/** One place of the source, changed. */
export interface Edit {
  /** From `packages/`. */
  readonly file: string;
  /** Text that the file has exactly once. */
  readonly find: string;
  readonly replace: string;
}

/**
 * Limits made so small that a run of some hundred changes meets them: pages that end between what belongs together,
 * more than one transaction for what came at once, queues that are full.
 */
const SCALED_DOWN: readonly Edit[] = [
  { file: 'server/src/replication/push.ts', find: 'PAGE: PageLimit = { changes: 500,', replace: 'PAGE: PageLimit = { changes: 6,' },
  { file: 'server/src/replication/receive.ts', find: 'MAX_APPLIED_AT_ONCE = 128;', replace: 'MAX_APPLIED_AT_ONCE = 4;' },
  { file: 'server/src/replication/receive.ts', find: 'MAX_QUEUED = 10_000;', replace: 'MAX_QUEUED = 5;' },
  { file: 'server/src/chat/live.ts', find: 'PAGE: PageLimit = { changes: 500,', replace: 'PAGE: PageLimit = { changes: 5,' },
];

/** Bundles the simulation with the source that it runs, changed by the edits. Throws where an edit's text is not there exactly once. Returns the file. */
export async function bundle(name = 'plain', planted: readonly Edit[] = []): Promise<string> {
  const edits = [...SCALED_DOWN, ...planted];
  for (const edit of edits) changed(edit, readFileSync(join(packages, edit.file), 'utf8'));
  mkdirSync(outDir, { recursive: true });
  const outfile = join(outDir, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${process.pid}.cjs`);
  await build({
    entryPoints: [join(here, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    conditions: ['parley-source'],
    external: ['@parley/sqlite', '@grpc/grpc-js', '@node-rs/argon2', 'fast-jwt', 'pino'],
    logLevel: 'warning',
    plugins: [editing(edits)],
  });
  return outfile;
}

export function discard(file: string): void {
  rmSync(file, { force: true });
}

function editing(edits: readonly Edit[]): Plugin {
  return {
    name: 'edits',
    setup: (building) => {
      building.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const here = edits.filter(({ file }) => relative(join(packages, file), path) === '');
        return here.length === 0 ? undefined : { contents: here.reduce((source, edit) => changed(edit, source), readFileSync(path, 'utf8')), loader: 'ts' };
      });
    },
  };
}

function changed({ file, find, replace }: Edit, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`the text to change is ${parts.length - 1} times in packages/${file}; it has to be there once. Change packages/server/sim/bundle.ts or planted-bugs.ts with the source: ${find}`);
  return parts.join(replace);
}
