/** What a typed line means. */
export type TypedLine =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'message'; readonly to: string; readonly text: string }
  /** `/name arguments`. `text`: what stands after the first of them, as it was typed. */
  | { readonly kind: 'command'; readonly name: string; readonly args: readonly string[]; readonly text: string }
  /** Neither; `problem` says what would be. */
  | { readonly kind: 'mistake'; readonly problem: string };

export function readTypedLine(line: string): TypedLine {
  const text = line.trim();
  if (text === '') return { kind: 'nothing' };
  if (text.startsWith('/')) {
    const [name = '', ...args] = text.slice(1).split(/\s+/);
    return { kind: 'command', name: name.toLowerCase(), args, text: /^\S+\s+\S+\s+([^]*)$/.exec(text)?.[1] ?? '' };
  }
  const colon = text.indexOf(':');
  const to = text.slice(0, colon).trim();
  if (colon < 0 || /\s/.test(to)) return { kind: 'mistake', problem: 'Put a colon after the username: bob: hello. Commands begin with a slash; /help lists them.' };
  if (to === '') return { kind: 'mistake', problem: 'Begin with a username: bob: hello' };
  const message = text.slice(colon + 1).trim();
  return message === '' ? { kind: 'mistake', problem: `Write something after the colon: ${to}: hello` } : { kind: 'message', to, text: message };
}
