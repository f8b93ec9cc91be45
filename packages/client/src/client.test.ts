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

test('a closed client leaves nothing behind', async () => {
  const fixture = await new Fixture().signIn();
  await fixture.client.close();
  const before = fixture.cluster.servers.map((server) => server.calls.length);
  await fixture.clock.advance(60_000);
  expect(fixture.streams).toEqual([]);
  expect(fixture.cluster.servers.map((server) => server.calls.length)).toEqual(before);
});
