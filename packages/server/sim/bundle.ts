import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, '..', '..');
/** Beside the packages whose native modules the bundle loads; ignored by git. */
const outDir = join(here, '..', 'node_modules', '.cache', 'parley-sim');

/** A change of the source that the simulation has to find. */
export interface Mutation {
  readonly name: string;
  /** From `packages/`. */
  readonly file: string;
  /** Text that the file has exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Bundles the simulation with the source that it runs, changed as the mutation says. Throws where its text is not found exactly once. Returns the file. */
export async function bundle(mutation?: Mutation): Promise<string> {
  if (mutation) mutate(mutation, readFileSync(join(packages, mutation.file), 'utf8'));
  mkdirSync(outDir, { recursive: true });
  const outfile = join(outDir, `${mutation ? mutation.name.replaceAll(/[^a-z0-9]+/gi, '-') : 'plain'}-${process.pid}.cjs`);
  await build({
    entryPoints: [join(here, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    conditions: ['parley-source'],
    external: ['@parley/sqlite', '@grpc/grpc-js', '@node-rs/argon2', 'fast-jwt', 'pino'],
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: mutation ? [mutating(mutation)] : [],
  });
  return outfile;
}

export function discard(file: string): void {
  rmSync(file, { force: true });
}

function mutating(mutation: Mutation): Plugin {
  const path = join(packages, mutation.file);
  return {
    name: 'mutation',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, (loaded) => (relative(path, loaded.path) === '' ? { contents: mutate(mutation, readFileSync(path, 'utf8')), loader: 'ts' } : undefined));
    },
  };
}

function mutate({ name, file, find, replace }: Mutation, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2) throw new Error(`planted bug '${name}': its text is ${parts.length - 1} times in packages/${file}; it has to be there once. Change the planted bug with the source.`);
  return parts.join(replace);
}
