import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** What browsers may have to load: bytes, as servers send them (gzip, level 9). */
export const SIZE_BARS = { scripts: 175_000, styles: 20_000 } as const;

/** All scripts and all style sheets of a built page, gzipped each by itself as it is sent: bytes. Throws where there is no page. */
export function sizesOf(pageDir: string): { readonly scripts: number; readonly styles: number } {
  if (!existsSync(join(pageDir, 'index.html'))) throw new Error(`there is no page in ${pageDir}: run npm run build first`);
  const files = readdirSync(pageDir, { recursive: true, encoding: 'utf8' });
  const sizeOf = (extension: string): number =>
    files.filter((file) => extname(file) === extension).reduce((sum, file) => sum + gzipSync(readFileSync(join(pageDir, file)), { level: 9 }).length, 0);
  return { scripts: sizeOf('.js'), styles: sizeOf('.css') };
}
