#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { pino } from 'pino';
import { helpText, readConfig, readRebuildConfig } from './config.ts';
import { rebuild } from './rebuild-command.ts';
import { isOperatorError, startServer } from './server.ts';
import { SERVER_VERSION } from './version.ts';

const USAGE_ERROR = 2;
const FAILED = 1;

function fail(message: string, code: number): never {
  process.stderr.write(`parley-server: ${message}\n`);
  process.exit(code);
}

// Databases and secrets are for this user alone.
process.umask(0o077);
try {
  const [command, ...args] = process.argv.slice(2);
  if (command === 'rebuild') {
    const config = readRebuildConfig(args, process.env);
    if (config === 'help') process.stdout.write(helpText());
    else await rebuild(config.dbFile, (line) => process.stdout.write(`${line}\n`));
    process.exit(0);
  }
  const config = readConfig(process.argv.slice(2), process.env);
  if (config === 'help' || config === 'version') {
    process.stdout.write(config === 'help' ? helpText() : `${SERVER_VERSION}\n`);
    process.exit(0);
  }
  // What gRPC would print beside the log comes back as errors, which are logged.
  setLogVerbosity(logVerbosity.NONE);
  const log = pino({ level: config.logLevel, base: { server: config.name } });
  const pageDir = fileURLToPath(new URL('../../web-client/dist/page', import.meta.url));
  const startWorker = (task: unknown) => new Worker(new URL('./store/background-worker.js', import.meta.url), { workerData: task });
  const server = await startServer({ config, pageDir, log, startWorker, onFatal: (message, isForOperator) => fail(message, isForOperator ? USAGE_ERROR : FAILED) });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close().then(() => process.exit(0)));
} catch (error) {
  if (!isOperatorError(error)) throw error;
  fail(error.message, USAGE_ERROR);
}
