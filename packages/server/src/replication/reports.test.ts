import type { Report } from '@parley/proto/replication';
import { pino } from 'pino';
import { VirtualTime } from '../../test/virtual-time.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import type { ReplicationLink } from './link.ts';
import { Peer } from './peer.ts';
import { Reports } from './reports.ts';

describe('[F2] an answer tells a process that it was put back', () => {
  const time = new VirtualTime();
  const identity = { replicaId: 'a', process: 1, address: 'a:1', clusterId: 'c' };
  let store: Store;
  let anew: number;
  let namesakes: string[];
  let reports: Reports;
  const answer = (knownProcess: number): Report => ({
    replicaId: 'b', process: 7, origin: 0, version: 1, since: 0, entries: [], hlc: 1, knownProcess, knownVersion: 1, draining: false, address: 'b:1', clusterId: 'c', wallMs: 0,
  });
  beforeEach(() => {
    store = new Store({ databases: openInMemory(), time, schedule: (flush) => flush() });
    anew = 0;
    namesakes = [];
    identity.process = 1;
    const renew = () => {
      identity.process += 1;
    };
    reports = new Reports({ store, time, log: pino({ level: 'silent' }), identity, renew, onNamesake: (address) => namesakes.push(address) }, () => void (anew += 1));
  });
  afterEach(() => store.close());

  test('when it names another process than the one that called: that one has ended, as far as the peer knows', () => {
    reports.checkAnswer(1, answer(99));
    expect([identity.process, anew]).toEqual([2, 1]);
  });

  test('[O2] a report under this replica\'s own id is refused; that of another process, at another address, tells of that', () => {
    const own = (address: string): Report => ({ ...answer(0), replicaId: 'a', address });
    expect(() => reports.callerOf(own('a:1'))).toThrow('names no other replica');
    expect(namesakes).toEqual([]);
    expect(() => reports.callerOf(own('copy:1'))).toThrow('names no other replica');
    expect(namesakes).toEqual(['copy:1']);
  });

  test('one by another replica than the one that was called tells that this one has been replaced; its own tells otherwise', () => {
    const no = () => Promise.reject(new Error('not called'));
    const link: ReplicationLink = { replicate: no, pull: no, join: no, readHashes: no, relay: no, remove: no, readCopy: no, verify: no, close: () => {} };
    const peer = new Peer('b', 'b:1', link, time, undefined);
    expect(() => reports.take(peer, { ...answer(0), replicaId: 'c' })).toThrow('another replica answers at b:1');
    expect(peer.isReplaced).toBe(true);
    reports.take(peer, answer(0));
    expect(peer.isReplaced).toBe(false);
  });

  test('not when it names the caller, or none, or comes late to one that has started anew', () => {
    reports.checkAnswer(1, answer(1));
    reports.checkAnswer(1, answer(0));
    identity.process = 5;
    reports.checkAnswer(1, answer(99));
    expect(anew).toBe(0);
  });

  test('seldomer each time: two processes under one replica id do not drive each other to a new origin with every call', async () => {
    for (let second = 0; second < 3600; second++) {
      reports.checkAnswer(identity.process, answer(99));
      await time.pass(1000);
    }
    expect(anew).toBe(12);
  });
});
