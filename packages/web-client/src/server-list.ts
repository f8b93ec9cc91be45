/** The page waits for the list no longer than this: it works with the server that it came from alone. */
const ASK_FOR_MS = 2_000;

/** URLs of the cluster's servers: the one that served the page first, then those that it tells of. Never rejects. */
export async function serverUrls(origin: string): Promise<readonly string[]> {
  try {
    const response = await fetch('/config.json', { signal: AbortSignal.timeout(ASK_FOR_MS), cache: 'no-store' });
    const config: unknown = await response.json();
    return [...new Set([origin, ...urlsIn(config)])];
  } catch {
    return [origin];
  }
}

/** The URLs in `{ servers: [{ url }] }`; anything else is passed over. */
export function urlsIn(config: unknown): readonly string[] {
  if (typeof config !== 'object' || config === null || !('servers' in config) || !Array.isArray(config.servers)) return [];
  const servers: readonly unknown[] = config.servers;
  return servers.flatMap((server) =>
    typeof server === 'object' && server !== null && 'url' in server && typeof server.url === 'string' && URL.canParse(server.url)
      ? [server.url.replace(/\/+$/, '')]
      : [],
  );
}
