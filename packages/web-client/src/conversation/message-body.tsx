import { Fragment } from 'react';
import { LinkText } from './link-text.tsx';
import { isOnlyEmoji, textBlocks } from './message-text.ts';

/** A message's text: as it was written, with links, `code` and blocks of code; emoji alone are large. */
export function MessageBody({ text }: { readonly text: string }) {
  if (isOnlyEmoji(text)) return <span className="only-emoji">{text}</span>;
  return textBlocks(text).map((block, index) =>
    block.kind === 'block' ? (
      <code key={index} className="code-block" tabIndex={0}>
        {block.text}
      </code>
    ) : (
      <Fragment key={index}>
        {block.parts.map((part, at) => (part.kind === 'code' ? <code key={at}>{part.text}</code> : <LinkText key={at} text={part.text} />))}
      </Fragment>
    ),
  );
}
