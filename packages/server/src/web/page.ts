import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/**
 * The built web page, held in memory: under a megabyte, and so a request can neither reach another file nor meet one
 * that a new build or a bad disk took away.
 */
export interface Page {
  /** Answers a GET or HEAD for `path` (as in the URL, without the query); false when the page has no such file. */
  serve(path: string, request: IncomingMessage, response: ServerResponse): boolean;
}

interface Asset {
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
  readonly type: string;
  readonly cacheControl: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mp3': 'audio/mpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** The bundler puts files whose names have a hash of their content here; all other files keep their names over versions. */
const HASHED_PREFIX = '/assets/';

const compress = promisify(gzip);

/** Reads the page at `dir`. Without a build there, every path is unknown. */
export async function loadPage(dir: string): Promise<Page> {
  const assets = new Map<string, Asset>();
  for (const file of await filesUnder(dir)) {
    const path = `/${relative(dir, file).split(sep).join('/')}`;
    assets.set(path, await loadAsset(path, file));
  }
  const index = assets.get('/index.html');
  if (index) assets.set('/', index);

  return {
    serve(path, request, response) {
      const asset = assets.get(decodePath(path));
      if (asset) send(asset, request, response);
      return asset !== undefined;
    },
  };
}

async function filesUnder(dir: string): Promise<string[]> {
  if (!existsSync(dir)) return [];
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function loadAsset(path: string, file: string): Promise<Asset> {
  const bytes = await readFile(file);
  return {
    bytes,
    gzipped: await compress(bytes, { level: 9 }),
    etag: createHash('sha256').update(bytes).digest('base64url'),
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    cacheControl: path.startsWith(HASHED_PREFIX) ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}

/** What does not decode is no file's name either. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function send(asset: Asset, request: IncomingMessage, response: ServerResponse): void {
  const zipped = asset.gzipped.length < asset.bytes.length && acceptsGzip(request);
  const body = zipped ? asset.gzipped : asset.bytes;
  // The two encodings are different bytes, so their tags differ too.
  const etag = `"${asset.etag}${zipped ? '-gzip' : ''}"`;
  response.setHeader('etag', etag);
  response.setHeader('cache-control', asset.cacheControl);
  response.setHeader('vary', 'accept-encoding');
  if (isNamed(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, {
    'content-type': asset.type,
    'content-length': body.length,
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function acceptsGzip(request: IncomingMessage): boolean {
  return /(^|,)\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))|,|$)/i.test(String(request.headers['accept-encoding'] ?? ''));
}

/** Compared weakly, as RFC 9110 has it for If-None-Match: an intermediary may have marked the tag as weak. */
function isNamed(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}
