/**
 * What other people wrote, safe to print: a terminal would obey the control characters in it (move the cursor, set the title, answer on
 * standard input), and Unicode's bidirectional overrides would show text in another order than it is in. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(CONTROLS, '�');
}

/** The same, on one line: what is listed. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/[\n\t]+/g, ' ');
}

const CONTROLS = /(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
