import { BadRequest, Status } from '@parley/proto/status';
import { connectionLost, refusal } from '../test/fake-server.ts';
import { CallError, GrpcCode, isFinal, toFailure, verdictOf } from './failure.ts';

test.each([
  ['a broken or refused connection', connectionLost(), 'gone'],
  ['a deadline', new CallError(GrpcCode.DEADLINE_EXCEEDED, ''), 'gone'],
  ['UNKNOWN that no handler gave', new CallError(GrpcCode.UNKNOWN, 'Incomplete response'), 'gone'],
  ['a server that starts', refusal(GrpcCode.UNAVAILABLE, 'STARTING'), 'aside'],
  ['a server that drains', refusal(GrpcCode.UNAVAILABLE, 'DRAINING'), 'aside'],
  ['something that is not on this server', refusal(GrpcCode.UNAVAILABLE, 'NOT_HERE'), 'elsewhere'],
  ['a full disk', refusal(GrpcCode.UNAVAILABLE, 'STORAGE_FAILED'), 'elsewhere'],
  ['a stream that lived long enough', refusal(GrpcCode.UNAVAILABLE, 'STREAM_ENDED'), 'renew'],
  ['a session that is over', refusal(GrpcCode.UNAUTHENTICATED, 'SESSION_INVALID'), 'unauthenticated'],
  ['a mistake in the request', refusal(GrpcCode.INVALID_ARGUMENT, 'INVALID_FIELD'), 'refused'],
  ['a defect of the server', refusal(GrpcCode.INTERNAL, 'INTERNAL'), 'refused'],
  ['a defect of this client', new TypeError('x is not a function'), 'refused'],
])('%s', (_what, error, verdict) => {
  expect(verdictOf(error)).toBe(verdict);
});

test('which refusals are for good', () => {
  for (const code of [GrpcCode.INVALID_ARGUMENT, GrpcCode.NOT_FOUND, GrpcCode.PERMISSION_DENIED, GrpcCode.FAILED_PRECONDITION, GrpcCode.ALREADY_EXISTS]) {
    expect(isFinal(refusal(code, 'ANY'))).toBe(true);
  }
  for (const code of [GrpcCode.RESOURCE_EXHAUSTED, GrpcCode.INTERNAL, GrpcCode.UNAVAILABLE, GrpcCode.UNAUTHENTICATED]) {
    expect(isFinal(refusal(code, 'ANY'))).toBe(false);
  }
});

test('a failure has the server\'s reason, words and fields', () => {
  const violation = { typeUrl: 'type.googleapis.com/google.rpc.BadRequest', value: BadRequest.encode({ fieldViolations: [{ field: 'username', description: 'Use at most 32 characters.' }] }).finish() };
  const error = new CallError(GrpcCode.INVALID_ARGUMENT, 'Use at most 32 characters.', { details: Status.encode({ code: 3, message: '', details: [violation] }).finish() });
  const failure = toFailure(error);
  expect(failure.fields).toEqual(new Map([['username', 'Use at most 32 characters.']]));
  expect(toFailure(refusal(GrpcCode.ALREADY_EXISTS, 'USERNAME_TAKEN', 'That name is taken. Choose another.'))).toMatchObject({
    reason: 'USERNAME_TAKEN', message: 'That name is taken. Choose another.',
  });
});

test('details that are lost or broken leave words that say what to do', () => {
  const failure = toFailure(new CallError(GrpcCode.NOT_FOUND, 'nf', { details: Uint8Array.of(255, 255, 255) }));
  expect(failure.reason).toBe('NOT_FOUND');
  expect(failure.message).toMatch(/reload the page/);
  expect(toFailure(new TypeError('x')).message).toMatch(/Try again/);
});
