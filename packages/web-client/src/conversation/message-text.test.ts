import { isOnlyEmoji, textBlocks } from './message-text.ts';

const words = (text: string) => ({ kind: 'words', parts: [{ kind: 'text', text }] });

test.each([
  ['plain words', [words('plain words')]],
  ['<b>no</b> *marks* &amp;', [words('<b>no</b> *marks* &amp;')]],
  ['run `ls -l` now', [{ kind: 'words', parts: [{ kind: 'text', text: 'run ' }, { kind: 'code', text: 'ls -l' }, { kind: 'text', text: ' now' }] }]],
  ['a lone ` stays', [words('a lone ` stays')]],
  ['see\n```\nlet a = 1;\n\n  b();\n```\nthere', [words('see'), { kind: 'block', text: 'let a = 1;\n\n  b();' }, words('there')]],
  ['```ts\nconst x = `y`;\n```', [{ kind: 'block', text: 'const x = `y`;' }]],
  ['```\nnot closed', [words('```\nnot closed')]],
  ['```\na\n```\n```\nb\n```\n', [{ kind: 'block', text: 'a' }, { kind: 'block', text: 'b' }]],
  ['```\na\n```\n```b', [{ kind: 'block', text: 'a' }, words('```b')]],
  ['', []],
])('%j', (text, blocks) => expect(textBlocks(text)).toEqual(blocks));

test.each(['👍', '👍🏽', '🇩🇪', '👩‍👩‍👧', '❤️', '🎉🎉🎉', '👍 👍', '©️', '☝🏽', '1️⃣', '👩‍⚕️', '🏳️‍🌈'])('%s is shown large', (text) => expect(isOnlyEmoji(text)).toBe(true));
test.each(['ok 👍', '™', '©', '™ ®', '❤', '1', '12', '#', '', '🎉🎉🎉🎉', 'a'.repeat(100), '🎉'.repeat(100)])('%s is not', (text) => expect(isOnlyEmoji(text)).toBe(false));

test('many backticks take no time', () => {
  const begun = performance.now();
  textBlocks('`'.repeat(8_000));
  textBlocks('\n```\n'.repeat(1_600));
  textBlocks('```a'.repeat(2_000));
  expect(performance.now() - begun).toBeLessThan(500);
});
