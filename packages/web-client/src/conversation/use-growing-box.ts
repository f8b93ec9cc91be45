import { type RefObject, useLayoutEffect } from 'react';

const growsByItself = typeof CSS !== 'undefined' && CSS.supports('field-sizing', 'content');

/** Makes a text box as high as its text, to the limit that the style sheet sets. Most browsers do that by themselves, when the window's width changes too. */
export function useGrowingBox(box: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (growsByItself || element === null) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
  }, [box, text]);
}
