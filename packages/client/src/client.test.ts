import { ChatServiceDefinition } from '@parley/proto/chat';
import { ALICE, BOB } from '../test/fake-cluster.ts';
import { closeAll, Fixture } from '../test/fixture.ts';

const { listAccounts } = ChatServiceDefinition.methods;

afterEach(closeAll);

describe('snapshots', () => {
  test('are the same until something changes, and listeners hear of changes', async () => {
    const fixture = await new Fixture().signIn();
    const before = fixture.snapshot;
    expect(fixture.snapshot).toBe(before);
    let heard = 0;
    const stop = fixture.client.subscribe(() => {
      heard += 1;
    });
    fixture.client.send('c', 'hello');
    expect(fixture.snapshot).not.toBe(before);
    expect(fixture.snapshot.accounts).toEqual(before.accounts);
    await fixture.clock.advance(0);
    expect(heard).toBeGreaterThan(0);
    stop();
    heard = 0;
    fixture.client.send('c', 'hello again');
    await fixture.clock.advance(0);
    expect(heard).toBe(0);
  });
});

test('searching finds accounts by what the server says', async () => {
  const fixture = await new Fixture().signIn();
  let found: unknown;
  void fixture.client.searchAccounts('*o*').then((accounts) => {
    found = accounts;
  });
  await fixture.clock.advance(50);
  expect(found).toEqual([ALICE, BOB]);
  expect(fixture.inUse.requests(listAccounts).at(-1)).toMatchObject({ pattern: '*o*' });
});

test('searching goes on from page to page, as far as is asked for', async () => {
  const fixture = await new Fixture().signIn();
  const all = Array.from({ length: 1_200 }, (_, index) => ({ accountId: `account${index}`, username: `user${index}`, deleted: false }));
  for (const server of fixture.cluster.servers) {
    server.on(listAccounts, ({ pageSize, pageToken }) => {
      const end = Number(pageToken) + pageSize;
      return { accounts: all.slice(Number(pageToken), end), nextPageToken: end < all.length ? String(end) : '', seen: fixture.cluster.cursor(), behind: false };
    });
  }
  for (const [most, count] of [[undefined, 100], [700, 700], [Infinity, 1_200]] as const) {
    let found: readonly unknown[] = [];
    await fixture.pass(fixture.client.searchAccounts('user', most).then((accounts) => {
      found = accounts;
    }));
    expect(found).toEqual(all.slice(0, count));
  }
});

test('a closed client leaves nothing behind', async () => {
  const fixture = await new Fixture().signIn();
  await fixture.client.close();
  const before = fixture.cluster.servers.map((server) => server.calls.length);
  await fixture.clock.advance(60_000);
  expect(fixture.streams).toEqual([]);
  expect(fixture.cluster.servers.map((server) => server.calls.length)).toEqual(before);
});
