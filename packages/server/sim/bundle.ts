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

/** Bundles the simulation with the source that it runs, changed by the edits. Throws where an edit's text is not there exactly once. Returns the file. */
export async function bundle(name = 'plain', edits: readonly Edit[] = []): Promise<string> {
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
  if (parts.length !== 2) throw new Error(`the text of a planted bug is ${parts.length - 1} times in packages/${file}; it has to be there once. Change packages/server/sim/planted-bugs.ts with the source: ${find}`);
  return parts.join(replace);
}
