import type { ClusterHints } from '@parley/client/engine';

/** The page waits for the list no longer than this: it works with the server that it came from alone. */
const ASK_FOR_MS = 2_000;

const NOTHING_KNOWN: ClusterHints = { clusterId: undefined, servers: [] };

/** What the server of the page tells of its cluster. Never rejects. */
export async function knownCluster(origin: string): Promise<ClusterHints> {
  try {
    const response = await fetch(`${origin}/config.json`, { signal: AbortSignal.timeout(ASK_FOR_MS), cache: 'no-store' });
    return hintsIn(await response.json());
  } catch {
    return NOTHING_KNOWN;
  }
}

/** What is in `{ clusterId, servers: [{ url }] }`; anything else is passed over. */
export function hintsIn(config: unknown): ClusterHints {
  if (typeof config !== 'object' || config === null) return NOTHING_KNOWN;
  const clusterId = 'clusterId' in config && typeof config.clusterId === 'string' ? config.clusterId : undefined;
  const servers: readonly unknown[] = 'servers' in config && Array.isArray(config.servers) ? config.servers : [];
  const urls = servers.flatMap((server) =>
    typeof server === 'object' && server !== null && 'url' in server && typeof server.url === 'string' && URL.canParse(server.url)
      ? [server.url.replace(/\/+$/, '')]
      : [],
  );
  return { clusterId, servers: urls };
}
