/** `npm run icons`: makes the page's PNG icons of `icon.svg`, by Chromium. To be run when that changes; the PNGs are checked in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findChromium, launchChromium } from '../e2e/browser.ts';

const PUBLIC = join(import.meta.dirname, '..', 'packages', 'web-client', 'public');

/** `drawn`: how much of the width the drawing takes. Maskable icons lose their rim on some systems, and have no transparent parts. */
const ICONS = [
  { file: 'icon-180.png', size: 180, drawn: 0.72, background: '#ffffff' },
  { file: 'icon-192.png', size: 192, drawn: 1, background: 'transparent' },
  { file: 'icon-512.png', size: 512, drawn: 1, background: 'transparent' },
  { file: 'icon-maskable-512.png', size: 512, drawn: 0.56, background: '#dcebe5' },
] as const;

const chromium = findChromium();
if (chromium === undefined) throw new Error('there is no Chromium here: install it, or name its path in PARLEY_CHROMIUM');
const browser = await launchChromium(chromium);
try {
  const drawing = readFileSync(join(PUBLIC, 'icon.svg'), 'utf8');
  const page = await browser.newPage();
  for (const { file, size, drawn, background } of ICONS) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(`<body style="margin:0;height:100vh;display:grid;place-items:center;background:${background}"><div style="width:${drawn * 100}%">${drawing}</div></body>`);
    await page.screenshot({ path: join(PUBLIC, file), omitBackground: true });
    console.log(`${file}: ${size} × ${size}`);
  }
} finally {
  await browser.close();
}
