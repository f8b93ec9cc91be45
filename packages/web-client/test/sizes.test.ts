import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SIZE_BARS, sizesOf } from '../bench/sizes.ts';

test('the built page is no larger than it may be', () => {
  const { scripts, styles } = sizesOf(join(__dirname, '../dist/page'));
  expect(scripts).toBeLessThanOrEqual(SIZE_BARS.scripts);
  expect(styles).toBeLessThanOrEqual(SIZE_BARS.styles);
  // A page of nothing would pass as well.
  expect(scripts).toBeGreaterThan(50_000);
});

test('every script counts, gzipped; without a page there is no size', () => {
  const dir = mkdtempSync(join(tmpdir(), 'parley-sizes-'));
  try {
    expect(() => sizesOf(dir)).toThrow('npm run build');
    writeFileSync(join(dir, 'index.html'), '');
    writeFileSync(join(dir, 'a.js'), 'a'.repeat(10_000));
    const one = sizesOf(dir);
    writeFileSync(join(dir, 'b.js'), 'b'.repeat(10_000));
    expect(sizesOf(dir).scripts).toBeGreaterThan(one.scripts);
    expect(one.scripts).toBeLessThan(200);
    expect(one.styles).toBe(0);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
