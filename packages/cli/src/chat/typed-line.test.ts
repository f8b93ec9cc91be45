import { readTypedLine } from './typed-line.ts';

test('a recipient, a colon and a text', () => {
  expect(readTypedLine('bob: hello')).toEqual({ kind: 'message', to: 'bob', text: 'hello' });
  expect(readTypedLine('  bob :at 10:30: /tmp ')).toEqual({ kind: 'message', to: 'bob', text: 'at 10:30: /tmp' });
  expect(readTypedLine('bob~x7q2:hi')).toEqual({ kind: 'message', to: 'bob~x7q2', text: 'hi' });
});

test('a command and what it takes', () => {
  expect(readTypedLine('/quit')).toEqual({ kind: 'command', name: 'quit', args: [], text: '' });
  expect(readTypedLine(' /Delete  12   everyone ')).toEqual({ kind: 'command', name: 'delete', args: ['12', 'everyone'], text: 'everyone' });
  expect(readTypedLine('/edit 12  two  spaces: kept')).toMatchObject({ name: 'edit', text: 'two  spaces: kept' });
});

test('nothing, and mistakes with what would be right', () => {
  expect(readTypedLine('  ')).toEqual({ kind: 'nothing' });
  for (const [line, problem] of [
    ['hello', /Put a colon after the username/], ['hello bob: hi', /Put a colon after the username/], [': hello', /Begin with a username/], ['bob:', /Write something after the colon: bob: hello/],
  ] as const) expect(readTypedLine(line)).toEqual({ kind: 'mistake', problem: expect.stringMatching(problem) });
});
