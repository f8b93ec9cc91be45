import { linkParts } from './link-text.tsx';

const links = (text: string): readonly string[] => linkParts(text).flatMap((part) => part.href ?? []);

test.each([
  ['no address here', []],
  ['https://example.org', ['https://example.org']],
  ['see http://a.example/x, and HTTPS://B.example!', ['http://a.example/x', 'HTTPS://B.example']],
  ['(https://example.org/a)', ['https://example.org/a']],
  ['https://en.example.org/wiki/Parley_(chat)', ['https://en.example.org/wiki/Parley_(chat)']],
  ['“https://example.org/”.', ['https://example.org/']],
  ['<https://example.org/a>', ['https://example.org/a']],
  ['https://user@example.org:8081/p?q=1&r=[2]#f', ['https://user@example.org:8081/p?q=1&r=[2]#f']],
  ['https://', []],
  ['http://...', []],
  ['javascript:alert(1) data:text/html,x file:///etc ftp://example.org', []],
])('%j links to %j', (text, expected) => {
  expect(links(text)).toEqual(expected);
});

test.each(['', 'plain', 'a https://example.org b', '\n https://example.org,\n', 'http://.../ https://a.example.'])(
  'the parts of %j joined are the text',
  (text) => {
    expect(
      linkParts(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  },
);

test('a long text without a space is read in good time', () => {
  const text = `https://${'a).('.repeat(2_000)}`;
  const before = performance.now();
  linkParts(text);
  expect(performance.now() - before).toBeLessThan(500);
});
