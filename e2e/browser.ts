import { chromium, type Browser } from 'playwright-core';
import { findProgram } from '../scripts/local-cluster/programs.ts';

/** A name that is no loopback name to the browser: a page opened under it has what one has that came from a plain-http address of a LAN. */
export const LAN_NAME = 'parley.test';

/** Path of the system's Chromium, or of the one that PARLEY_CHROMIUM names; undefined where there is none. */
export function findChromium(): string | undefined {
  return process.env['PARLEY_CHROMIUM'] || findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
}

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${LAN_NAME} 127.0.0.1`,
    ],
  });
}
