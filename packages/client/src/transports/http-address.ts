/**
 * A server's base URL as this client writes it: scheme, host, port, no trailing slash. `server4:8084` gets the scheme of
 * the page, as a page from https may not talk to http. Undefined: it is no address.
 */
export function normalizeHttpAddress(typed: string, pageScheme = globalThis.location?.protocol): string | undefined {
  const text = typed.trim();
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  if (text === '' || (hasScheme && !/^https?:\/\//i.test(text))) return undefined;
  let url: URL;
  try {
    url = new URL(hasScheme ? text : `${pageScheme === 'https:' ? 'https' : 'http'}://${text}`);
  } catch {
    return undefined;
  }
  if (url.username !== '' || url.search !== '' || url.hash !== '') return undefined;
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}
