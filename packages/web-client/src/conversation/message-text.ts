/** A stretch of a message's text: a block of code, or a line of words in which `code` may stand. */
export type TextBlock = { readonly kind: 'block'; readonly text: string } | { readonly kind: 'words'; readonly parts: readonly WordPart[] };
interface WordPart {
  readonly kind: 'text' | 'code';
  readonly text: string;
}

/** Three backticks, an optional name of a language, the code on lines of its own, three backticks. The line break after it is left to a block that follows at once. */
const FENCED = /(?:^|\n)```[\w+-]*\n([\s\S]*?)\n?```(?:(?=\n```[\w+-]*\n)|\n|$)/gu;
const INLINE = /`([^`\n]+)`/gu;
/**
 * Only emoji, at most three: shown large. One to three of: a flag, a key, or an emoji with those that are joined to it. Signs such as ™, ❤ and digits are emoji for
 * Unicode too, but text unless U+FE0F or a skin tone says otherwise (UTS #51).
 */
const ONLY_EMOJI = /^(?:(?:\p{RI}{2}|[\d#*]\uFE0F\u20E3|(?![\d#*\p{RI}])(?:\p{EPres}\uFE0F?|\p{Emoji}(?:\uFE0F|\p{EMod}))\p{EMod}?(?:\u200D\p{Emoji}(?:\p{EMod}|\uFE0F)?)*)\s*){1,3}$/u;

/** Divides a text into blocks of code and words. Nothing else has a meaning: no HTML, no other marks. */
export function textBlocks(text: string): readonly TextBlock[] {
  const blocks: TextBlock[] = [];
  let end = 0;
  const words = (upTo: number) => {
    if (upTo > end) blocks.push({ kind: 'words', parts: wordParts(text.slice(end, upTo)) });
  };
  for (const match of text.matchAll(FENCED)) {
    words(match.index);
    blocks.push({ kind: 'block', text: match[1] ?? '' });
    end = match.index + match[0].length;
  }
  words(text.length);
  return blocks;
}

function wordParts(text: string): WordPart[] {
  const parts: WordPart[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push({ kind: 'code', text: match[1] ?? '' });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** Is the text nothing but one to three emoji? */
export function isOnlyEmoji(text: string): boolean {
  // Longer ones are looked at no further: a family is eleven code units.
  return text.length <= 40 && ONLY_EMOJI.test(text.trim());
}
