import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from '@parley/sqlite';
import type { ReadCopyRequest, ReadCopyResponse } from '@parley/proto/replication';
import { hashTables } from '../src/store/hash-tables.ts';
import { TestCluster } from './cluster.ts';
import { fill } from './fill.ts';
import { as, createPerson, type Person, sendTo } from './people.ts';

/** More messages than fit into a few chunks of 1 MiB, and more changes than the threshold that these tests set. */
const MESSAGES = 6000;

type ReadCopy = (request: ReadCopyRequest) => Promise<ReadCopyResponse>;

describe('joining a large cluster by a copy of a file', () => {
  let cluster: TestCluster;
  let alice: Person;
  /** What happens to each ReadCopy: replaced by tests. */
  let onReadCopy: (donor: string, request: ReadCopyRequest, call: ReadCopy) => Promise<ReadCopyResponse>;
  /** Answers that brought a chunk, by donor. */
  let chunks: Record<string, number>;

  beforeEach(async () => {
    cluster = await TestCluster.of('server1', 'server2');
    cluster.copyAboveChanges = MESSAGES;
    chunks = {};
    onReadCopy = (_donor, request, call) => call(request);
    cluster.interfere = (_from, donor, link) => ({
      ...link,
      readCopy: async (request) => {
        const response = await onReadCopy(donor, request, link.readCopy);
        if (response.chunk.length > 0) chunks[donor] = (chunks[donor] ?? 0) + 1;
        return response;
      },
    });
    alice = await createPerson(cluster.get('server1').caller, 'alice');
    await fill(cluster.get('server1').server.store, MESSAGES);
    await cluster.settled();
  }, 30_000);
  afterEach(() => cluster.close(), 20_000);

  const isEqual = (...names: string[]) => {
    const [first, ...others] = names.map((name) => cluster.get(name).server.store);
    expect(others.map(({ vector }) => first?.vector.equals(vector))).toEqual(others.map(() => true));
    const hashes = names.map((name) => {
      const db = new Database(cluster.get(name).dbFile, { readonly: true });
      const hash = hashTables(db).toString('hex');
      db.close();
      return hash;
    });
    expect(new Set(hashes).size).toBe(1);
  };

  test('[J3] it has all, its own identity, and what was written meanwhile; nothing temporary is left', async () => {
    let isWritten = false;
    onReadCopy = async (_donor, request, call) => {
      const response = await call(request);
      // Written when the copy is already made: it comes by Pull.
      if (response.copyId !== '' && !isWritten) {
        isWritten = true;
        await sendTo(as(cluster.get('server1').caller, alice), alice, 'meanwhile');
      }
      return response;
    };
    const { server, dbFile, caller } = await cluster.start('server3');
    await cluster.settled();
    isEqual('server1', 'server2', 'server3');
    expect(chunks).toEqual({ server1: expect.any(Number) });
    expect(chunks['server1']).toBeGreaterThan(2);
    const ids = ['server1', 'server2', 'server3'].map((name) => cluster.get(name).server.store.getLocal('replica_id'));
    expect(new Set(ids).size).toBe(3);
    expect(server.store.getLocal('replica_id')).toMatch(/^[a-z2-7]{26}$/);
    const { conversations } = await as(caller, alice).call('listConversations', {});
    expect(conversations.map(({ lastMessage }) => lastMessage?.text)).toEqual(['meanwhile']);
    expect((await sendTo(as(caller, alice), alice, 'afterwards')).copies).toMatchObject({ stored: 3, replicas: 3 });
    expect(existsSync(`${dbFile}.joining`)).toBe(false);
    await cluster.stop('server1');
    expect(readdirSync(cluster.dir).filter((file) => /\.(copy|joining)/.test(file))).toEqual([]);
  }, 30_000);

  test('[J3] two joiners share one copy', async () => {
    const ids = new Set<string>();
    onReadCopy = async (_donor, request, call) => {
      const response = await call(request);
      if (response.copyId !== '') ids.add(response.copyId);
      return response;
    };
    const seeds = [cluster.get('server1').address];
    await Promise.all([cluster.start('server3', { seeds }), cluster.start('server4', { seeds })]);
    await cluster.settled();
    isEqual('server1', 'server2', 'server3', 'server4');
    expect(ids.size).toBe(1);
  }, 30_000);

  test('[J3] a donor that dies during the copy: it is started over with another', async () => {
    onReadCopy = async (donor, request, call) => {
      if (donor === 'server1' && request.offset > 0) await cluster.stop('server1');
      return call(request);
    };
    await cluster.start('server3');
    isEqual('server2', 'server3');
    expect(chunks).toEqual({ server1: 1, server2: expect.any(Number) });
    await cluster.start('server1');
    await cluster.settled();
    isEqual('server1', 'server2', 'server3');
  }, 30_000);

  test('[J3] a chunk that is damaged on its way is found by the hash of the whole: started over with another', async () => {
    onReadCopy = async (donor, request, call) => {
      const response = await call(request);
      if (donor === 'server1' && request.offset > 0) response.chunk[17] = (response.chunk[17] ?? 0) ^ 1;
      return response;
    };
    await cluster.start('server3');
    await cluster.settled();
    isEqual('server1', 'server2', 'server3');
    expect(chunks['server2']).toBe(chunks['server1']);
  }, 30_000);

  test('[J3] where no donor has a copy that can be used, of a newer schema or none at all, the changes are pulled', async () => {
    onReadCopy = async (donor, request, call) => {
      if (donor === 'server2') throw new Error('the disk is full');
      return { ...(await call(request)), schema: 99 };
    };
    const { server } = await cluster.start('server3');
    await cluster.settled();
    isEqual('server1', 'server2', 'server3');
    expect(server.store.getLocal('cluster_id')).toBe(cluster.get('server1').server.store.getLocal('cluster_id'));
  }, 30_000);

  test('[J3] what a killed process left beside its database is removed at start', async () => {
    const { dbFile } = cluster.get('server2');
    await cluster.stop('server2');
    for (const purpose of ['copy', 'joining', 'joining-journal', 'scratch']) writeFileSync(`${dbFile}.${purpose}`, 'left over');
    await cluster.start('server2');
    expect(readdirSync(cluster.dir).filter((file) => /\.(copy|joining|scratch)/.test(file))).toEqual([]);
    expect(existsSync(join(cluster.dir, 'server2.db'))).toBe(true);
  }, 30_000);
});
