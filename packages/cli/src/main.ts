#!/usr/bin/env node
import { ExitCode } from './exit-codes.ts';
import { run } from './run.ts';

// The session is for this user alone.
process.umask(0o077);
// What reads the output has seen enough: `parley read --follow | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? ExitCode.DONE : ExitCode.FAILED));
// Every change of the state file is whole or not made, so there is nothing to end in order.
process.on('SIGINT', () => process.exit(ExitCode.INTERRUPTED));

process.exitCode = await run(process.argv.slice(2), process);
