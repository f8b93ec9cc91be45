import { status } from '@grpc/grpc-js';
import { invalid, Refusal, toServiceError } from './errors.ts';

test.each([
  [new Refusal('NOT_HERE', 'x'), status.UNAVAILABLE],
  [invalid('text', 'x'), status.INVALID_ARGUMENT],
  [Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }), status.UNAVAILABLE],
  [Object.assign(new Error('UNIQUE constraint failed'), { code: 'SQLITE_CONSTRAINT' }), status.INTERNAL],
  [new Error('secret detail'), status.INTERNAL],
  ['not even an error', status.INTERNAL],
])('%s is told as its status', (error, code) => {
  const told = toServiceError(error, 'parley.chat');
  expect(told.code).toBe(code);
  expect(told.details).not.toContain('secret detail');
});
