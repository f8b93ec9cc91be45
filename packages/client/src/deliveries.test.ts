import { copiesOf } from '../test/fake-cluster.ts';
import type { Delivery } from './api.ts';
import { Deliveries, mergeDelivery } from './deliveries.ts';
import type { Creation } from './ticks.ts';

test('delivery only rises', () => {
  const sending = { status: 'sending', since: 1 } as const;
  const one = { status: 'stored', stored: 1, replicas: 3, onAllUp: false } as const;
  const two = { status: 'stored', stored: 2, replicas: 3, onAllUp: false } as const;
  const failed = { status: 'failed', reason: 'no', code: 'NO' } as const;
  expect(mergeDelivery(undefined, sending)).toBe(sending);
  expect(mergeDelivery(sending, one)).toBe(one);
  expect(mergeDelivery(one, sending)).toBe(one);
  expect(mergeDelivery(one, two)).toEqual(two);
  expect(mergeDelivery(two, one)).toBe(two);
  expect(mergeDelivery(sending, failed)).toBe(failed);
  expect(mergeDelivery(two, failed)).toBe(two);
  expect(mergeDelivery(failed, one)).toBe(failed);
});

test('[A9] a message that all servers held stays so: states only rise', () => {
  const stored = (count: number, replicas: number): Delivery => ({ status: 'stored', stored: count, replicas, onAllUp: count >= replicas });
  expect(mergeDelivery(stored(1, 3), stored(2, 3))).toEqual(stored(2, 3));
  expect(mergeDelivery(stored(2, 3), stored(1, 3))).toEqual(stored(2, 3));
  // One was removed, so all that are left hold it; or a further one joined, which gets it like everything.
  expect(mergeDelivery(stored(2, 3), stored(2, 2))).toEqual(stored(2, 2));
  // Of a server that knows of fewer copies it is not known whether the one that was removed is among those that were known to hold it.
  expect(mergeDelivery(stored(2, 3), stored(1, 2))).toEqual(stored(2, 3));
  expect(mergeDelivery(stored(2, 3), stored(1, 4))).toEqual(stored(2, 4));
  expect(mergeDelivery(stored(3, 3), stored(3, 4))).toEqual(stored(3, 3));
  expect(mergeDelivery(stored(3, 3), stored(1, 4))).toEqual(stored(3, 3));
  expect(mergeDelivery(stored(3, 3), stored(4, 4))).toEqual(stored(4, 4));
});

describe('[A10] what servers tell of all that are up', () => {
  const NAMES: Readonly<Record<string, string>> = { aaaaaa: 'server1', bbbbbb: 'server2' };
  const HERE: Creation = { position: { origin: 1 }, createdSeq: 5 };
  let ticked: Creation[];
  let deliveries: Deliveries;

  beforeEach(() => {
    ticked = [];
    deliveries = new Deliveries({
      ticks: { add: (creation) => ticked.push(creation), covers: ({ createdSeq }) => ticked.some((other) => other.createdSeq >= createdSeq) },
      namesOf: (holders) => (holders.every((holder) => NAMES[holder]) ? holders.map((holder) => NAMES[holder] ?? '') : undefined),
    });
  });

  const onTwo = copiesOf(2, 3, { holders: ['aaaaaa', 'bbbbbb'] });
  const told = (...words: Parameters<Deliveries['told']>[1][]): Delivery | undefined => {
    for (const copies of words) deliveries.told('m', copies, HERE, HERE);
    return deliveries.get('m');
  };

  test('who holds a message is named, as far as all of them are known by name', () => {
    expect(told(copiesOf(1, 3, { holders: ['aaaaaa'] }))).toEqual({ status: 'stored', stored: 1, replicas: 3, onAllUp: false, servers: ['server1'] });
    expect(told(onTwo)).toEqual({ status: 'stored', stored: 2, replicas: 3, onAllUp: false, servers: ['server1', 'server2'] });
    expect(told(copiesOf(3, 3, { holders: ['aaaaaa', 'bbbbbb', 'cccccc'] }))).toEqual({ status: 'stored', stored: 3, replicas: 3, onAllUp: true, servers: undefined });
  });

  test('that all that are up hold it is said once one says so, and taken back by none', () => {
    expect(told(onTwo)).toMatchObject({ onAllUp: false });
    expect(told({ ...onTwo, onAllUp: true })).toMatchObject({ onAllUp: true, servers: ['server1', 'server2'] });
    expect(ticked).toEqual([HERE]);
    expect(told(onTwo, copiesOf(1, 3, { holders: ['aaaaaa'] }))).toEqual({ status: 'stored', stored: 2, replicas: 3, onAllUp: true, servers: ['server1', 'server2'] });
    expect(deliveries.told('m', onTwo, HERE, HERE)).toBe(false);
  });

  test('a tick of before stands, without names: they are those of another time', () => {
    ticked.push({ position: { origin: 1 }, createdSeq: 7 });
    expect(told(copiesOf(1, 3, { holders: ['aaaaaa'] }))).toEqual({ status: 'stored', stored: 1, replicas: 3, onAllUp: true, servers: undefined });
    expect(told({ ...onTwo, onAllUp: true })).toMatchObject({ stored: 2, servers: ['server1', 'server2'] });
  });

  test('of a message that two servers were sent the tick is of the creation that was counted: what came before the other one may be on fewer', () => {
    const elsewhere: Creation = { position: { origin: 2 }, createdSeq: 9 };
    deliveries.told('m', { ...onTwo, onAllUp: true }, HERE, elsewhere);
    expect(deliveries.get('m')).toMatchObject({ onAllUp: true });
    expect(ticked).toEqual([elsewhere]);
  });

  test('where a server does not say which creation it counted, that one message is ticked and none before it', () => {
    deliveries.told('m', { ...onTwo, onAllUp: true }, HERE, undefined);
    expect(deliveries.get('m')).toMatchObject({ onAllUp: true });
    expect(ticked).toEqual([]);
  });

  test('of a server of before this was told only that all hold it makes a tick', () => {
    expect(told(copiesOf(2, 3))).toEqual({ status: 'stored', stored: 2, replicas: 3, onAllUp: false, servers: undefined });
    expect(told(copiesOf(3, 3))).toMatchObject({ onAllUp: true });
    expect(ticked).toEqual([HERE]);
  });

  test('messages that are not on all servers yet can rise, the newest of many', () => {
    for (const id of ['1', '2', '3']) deliveries.told(id, copiesOf(1, 3), undefined, undefined);
    deliveries.told('all', copiesOf(3, 3), undefined, undefined);
    deliveries.told('up', { ...onTwo, onAllUp: true }, undefined, undefined);
    expect(deliveries.rising(100)).toEqual(['1', '2', '3', 'up']);
    expect(deliveries.rising(2)).toEqual(['3', 'up']);
  });

  test('the same servers are one list', () => {
    for (const id of ['1', '2']) deliveries.told(id, onTwo, undefined, undefined);
    const [one, two] = ['1', '2'].map((id) => deliveries.get(id));
    expect(one?.status === 'stored' && two?.status === 'stored' && one.servers === two.servers).toBe(true);
  });
});
