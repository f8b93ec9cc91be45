import { Fragment } from 'react';

/** A part of a message: text as it stands, or an address to link to. */
export interface TextPart {
  readonly text: string;
  readonly href: string | undefined;
}

const ADDRESS = /https?:\/\/[^\s<>"]+/giu;
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Divides a text at its http(s) addresses. Joined again, the parts are the text. */
export function linkParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTrailingPunctuation(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), href: undefined });
    parts.push({ text: address, href: address });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: undefined });
  return parts;
}

/** What ends a sentence does not belong to an address in it; a closing bracket does only if the address opens it. */
function withoutTrailingPunctuation(address: string): string {
  let end = address.length;
  for (; end > 0; end--) {
    const last = address.charAt(end - 1);
    const opening = CLOSING[last];
    const body = address.slice(0, end);
    const unmatched = opening !== undefined && body.split(opening).length < body.split(last).length;
    if (!unmatched && !/[.,:;!?'*_~»”’]/.test(last)) break;
  }
  return address.slice(0, end);
}

/** A message's text: as it was written, with its http(s) addresses as links. */
export function LinkText({ text }: { readonly text: string }) {
  return linkParts(text).map((part, index) =>
    part.href === undefined ? (
      <Fragment key={index}>{part.text}</Fragment>
    ) : (
      <a key={index} href={part.href} target="_blank" rel="noopener noreferrer">
        {part.text}
      </a>
    ),
  );
}
