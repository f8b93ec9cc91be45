import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SubscribeResponse } from '@parley/proto/chat';
import { TestCluster, until } from './cluster.ts';
import { as, createPerson, sendTo } from './people.ts';

const NAMES = ['server1', 'server2', 'server3'];
const NEW = 'the new secret'.padEnd(40, '.');

let cluster: TestCluster;
afterEach(() => cluster.close(), 20_000);

test('[D4] the secret is replaced while people chat: no call between replicas fails for it, and nobody signs in again', async () => {
  cluster = new TestCluster();
  const old = readFileSync(cluster.secretFile, 'utf8');
  const fileOf = (name: string) => join(cluster.dir, `${name}-secret`);
  for (const name of NAMES) {
    writeFileSync(fileOf(name), old);
    await cluster.start(name, { secretFile: fileOf(name) });
  }
  await cluster.settled();
  const alice = await createPerson(cluster.get('server1').caller, 'alice');
  await cluster.settled();
  const clusterId = (await cluster.get('server1').caller.call('getCluster', {})).clusterId;
  const { seen } = await as(cluster.get('server1').caller, alice).call('listConversations', {});
  const stream = as(cluster.get('server2').caller, alice).subscribe();
  let token = alice.token;
  let sent = 0;
  const say = async () => {
    const { copies } = await sendTo(as(cluster.get(NAMES[sent % 3] ?? '').caller, { ...alice, token }), alice, `message ${++sent}`);
    expect(copies).toMatchObject({ stored: 3, replicas: 3 });
  };
  /** Writes one file after another; each is read while the others have what was before. */
  const writeEverywhere = async (text: string, accepts: { is: string; not: string | undefined }) => {
    for (const name of NAMES) {
      const probe = (secret: string) => cluster.linkTo(name, secret);
      writeFileSync(fileOf(name), text);
      await until(async () => {
        await say();
        const right = probe(accepts.is);
        const wrong = probe(accepts.not ?? 'nobody has this one'.padEnd(40, '.'));
        try {
          const ask = { replicaId: 'x', address: 'x:1' };
          return (await right.join(ask).catch(() => undefined)) !== undefined && (await wrong.join(ask).catch(() => undefined)) === undefined;
        } finally {
          right.close();
          wrong.close();
        }
      }, `${name} to read its secrets again`);
    }
  };

  await writeEverywhere(`${old}\n${NEW}`, { is: NEW, not: undefined });
  expect(newTokens(stream.events)).toEqual([]);
  await writeEverywhere(`${NEW}\n${old}`, { is: old, not: undefined });
  // The order of two accepted secrets shows in what is signed.
  await until(() => newTokens(stream.events).length > 0, 'the token under the new secret');
  await as(cluster.get('server3').caller, alice).call('listConversations', { seen: [seen] });
  token = newTokens(stream.events).at(-1) ?? '';
  await writeEverywhere(NEW, { is: NEW, not: old });

  expect(cluster.logged.filter(({ msg }) => msg === 'call to peer failed')).toEqual([]);
  await say();
  for (const name of NAMES) {
    const { caller } = cluster.get(name);
    await as(caller, { ...alice, token }).call('listConversations', {});
    await expect(as(caller, alice).call('listConversations', {})).rejects.toMatchObject({ code: 16 });
    expect((await caller.call('getCluster', {})).clusterId).toBe(clusterId);
  }
  // The stream that was opened before all of it goes on.
  await until(() => JSON.stringify(stream.events).includes(`message ${sent}`), 'the last message in the stream');
  stream.cancel();

  // It can fail: a replica whose file has another secret is refused, and says so.
  writeFileSync(fileOf('server3'), 'quite another secret'.padEnd(40, '.'));
  await until(() => cluster.logged.some(({ msg, reason }) => msg === 'call to peer failed' && /prove/.test(reason ?? '')), 'the refusal');
}, 60_000);

function newTokens(events: readonly SubscribeResponse[]): string[] {
  return events.flatMap(({ event }) => (event?.$case === 'newToken' ? [event.value.sessionToken] : []));
}
