import { parseQuickSend, recipientBeingTyped } from './quick-send.ts';

test.each([
  ['bob: hello', 'bob', 'hello'],
  ['bob:hello', 'bob', 'hello'],
  ['  @bob :  hello ', 'bob', 'hello '],
  ['bob: see https://example.org: there', 'bob', 'see https://example.org: there'],
  ['bob: one\ntwo', 'bob', 'one\ntwo'],
  ['bob:\n  indented', 'bob', '\n  indented'],
  ['bob~k3f9: hello', 'bob~k3f9', 'hello'],
  ['hélène: ça va ?', 'hélène', 'ça va ?'],
])('%j goes to %j with %j', (line, recipient, text) => {
  expect(parseQuickSend(line)).toEqual({ recipient, text });
});

test.each([
  ['', 'Begin with a username: bob: hello'],
  ['   ', 'Begin with a username: bob: hello'],
  [': hello', 'Begin with a username: bob: hello'],
  ['@: hello', 'Begin with a username: bob: hello'],
  ['hello', 'Put a colon after the username: bob: hello'],
  ['hello there: bob', 'Put a colon after the username: bob: hello'],
  ['bob:', 'Write something after the colon: bob: hello'],
  ['bob: \n ', 'Write something after the colon: bob: hello'],
])('%j says what is missing', (line, problem) => {
  expect(parseQuickSend(line)).toEqual({ problem });
});

test('a recipient is being typed until the colon', () => {
  expect(recipientBeingTyped(' @bo')).toBe('bo');
  expect(recipientBeingTyped('bob: x')).toBeUndefined();
  expect(recipientBeingTyped(' ')).toBeUndefined();
});
