import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { ChatServiceDefinition, GetClusterRequest, GetClusterResponse } from '@parley/proto/chat';
import Database from '@parley/sqlite';
import { until } from '../scripts/local-cluster/until.ts';

const AGREE_TIMEOUT_MS = 30_000;
const CALL_TIMEOUT_MS = 2000;

/** Not replicated, or SQLite's own. */
const LOCAL_TABLES: ReadonlySet<string> = new Set(['local', 'sqlite_sequence', 'sqlite_stat1']);
/** In which order a replica met things is its own affair. */
const LOCAL_COLUMNS: ReadonlySet<string> = new Set(['arrival', 'row']);

/** A replica whose word and file are compared. */
export interface ComparedReplica {
  readonly name: string;
  /** host:port of its gRPC port. */
  readonly address: string;
  readonly dbFile: string;
}

/** Waits until every replica reports that all have its version vector, then until their files hold the same rows. Rejects naming what differs. */
export async function waitUntilAgreed(replicas: readonly ComparedReplica[]): Promise<void> {
  let state = '';
  await until(
    async () => {
      const views = await Promise.all(replicas.map(({ address }) => getCluster(address)));
      state = views.map((view) => view.replicas.map(({ name, level }) => `${name} ${level ? 'level' : 'not level'}`).join(', ')).join(' | ');
      return views.every((view) => view.replicas.length === replicas.length && view.replicas.every(({ level, self }) => level || self));
    },
    { what: 'all version vectors are equal', timeoutMs: AGREE_TIMEOUT_MS },
  ).catch((error: unknown) => {
    throw new Error(`the replicas do not agree: ${state}`, { cause: error });
  });

  let difference = '';
  // Asked again, because an open page may mark something as read between the reading of two files.
  await until(
    () => {
      difference = findDifference(replicas);
      return difference === '';
    },
    { what: 'all files hold the same rows', timeoutMs: AGREE_TIMEOUT_MS },
  ).catch((error: unknown) => {
    throw new Error(difference, { cause: error });
  });
}

/** The first table that differs, in words; empty when all are equal. Throws when a table that people's data is in has no rows. */
export function findDifference(replicas: readonly Omit<ComparedReplica, 'address'>[]): string {
  const [first, ...others] = replicas.map(({ name, dbFile }) => ({ name, tables: dump(dbFile) }));
  if (!first) return '';
  for (const table of ['changes', 'accounts', 'messages', 'replicas']) {
    if (!first.tables.get(table)?.length) throw new Error(`${first.name} has no rows in ${table}`);
  }
  for (const { name, tables } of others) {
    for (const table of new Set([...first.tables.keys(), ...tables.keys()])) {
      const ours = first.tables.get(table) ?? [];
      const theirs = tables.get(table) ?? [];
      if (ours.join('\n') === theirs.join('\n')) continue;
      const onlyOurs = ours.filter((row) => !theirs.includes(row));
      const onlyTheirs = theirs.filter((row) => !ours.includes(row));
      return `${table} differs: ${first.name} alone has ${onlyOurs.length} rows (${onlyOurs[0] ?? ''}), ${name} alone has ${onlyTheirs.length} (${onlyTheirs[0] ?? ''})`;
    }
  }
  return '';
}

/** Table → its rows as text, sorted. */
function dump(dbFile: string): Map<string, string[]> {
  const db = new Database(dbFile, { readonly: true, fileMustExist: true });
  try {
    return db.transaction(() => {
      const tables = db.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'").all();
      return new Map(tables.filter(({ name }) => !LOCAL_TABLES.has(name)).map(({ name }) => [name, rowsOf(db, name)]));
    })();
  } finally {
    db.close();
  }
}

function rowsOf(db: Database.Database, table: string): string[] {
  const rows = db.prepare<[], Record<string, unknown>>(`SELECT * FROM "${table}"`).all();
  return rows
    .map((row) =>
      Object.entries(row)
        .filter(([column]) => !LOCAL_COLUMNS.has(column))
        .map(([column, value]) => `${column}=${Buffer.isBuffer(value) ? value.toString('hex') : String(value)}`)
        .join(' '),
    )
    .sort();
}

function getCluster(address: string): Promise<GetClusterResponse> {
  const client = new Client(address, credentials.createInsecure());
  const path = `/${ChatServiceDefinition.fullName}/${ChatServiceDefinition.methods.getCluster.name}`;
  return new Promise<GetClusterResponse>((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      (request: GetClusterRequest) => Buffer.from(GetClusterRequest.encode(request).finish()),
      (bytes) => GetClusterResponse.decode(bytes),
      GetClusterRequest.create({}),
      new Metadata(),
      { deadline: Date.now() + CALL_TIMEOUT_MS },
      (error, response) => (error ? reject(error) : resolve(response ?? GetClusterResponse.create({}))),
    );
  }).finally(() => client.close());
}
