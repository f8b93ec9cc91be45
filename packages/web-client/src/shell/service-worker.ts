/** The service worker's script. The build puts the list of files in the place of the string. */
import { serveShell, type Shell, type ShellScope } from './serve-shell.ts';

serveShell(globalThis as unknown as ShellScope, JSON.parse('__SHELL__') as Shell);
