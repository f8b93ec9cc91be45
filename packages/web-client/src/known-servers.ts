/** The page waits for the list no longer than this: it works with the server that it came from alone. */
const ASK_FOR_MS = 2_000;

/** URLs of the servers that the page's own server tells of. Never rejects. */
export async function knownServers(origin: string): Promise<readonly string[]> {
  try {
    const response = await fetch(`${origin}/config.json`, { signal: AbortSignal.timeout(ASK_FOR_MS), cache: 'no-store' });
    return urlsIn(await response.json());
  } catch {
    return [];
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
