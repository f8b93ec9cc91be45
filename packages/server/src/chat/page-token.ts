import { invalid } from '../errors.ts';

/** Page tokens: where the next page goes on, opaque to clients. */
export function makePageToken(place: readonly [string | number, string]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Throws INVALID_ARGUMENT for what was not made here. Undefined for the first page. */
export function readPageToken<K extends 'string' | 'number'>(token: string, kind: K): [K extends 'string' ? string : number, string] | undefined {
  if (token === '') return undefined;
  try {
    const place: unknown = JSON.parse(Buffer.from(token.slice(0, 1024), 'base64url').toString());
    if (Array.isArray(place) && place.length === 2 && typeof place[0] === kind && typeof place[1] === 'string') return [place[0], place[1]];
  } catch {
    // Told below.
  }
  throw invalid('page_token', 'page_token has to be the next_page_token of the page before');
}
