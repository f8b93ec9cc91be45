import type { Report } from '@parley/proto/replication';
import { pino } from 'pino';
import { VirtualTime } from '../../test/virtual-time.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import { Reports } from './reports.ts';

describe('[F2] an answer tells a process that it was put back', () => {
  const time = new VirtualTime();
  const identity = { replicaId: 'a', process: 1, address: 'a:1', clusterId: 'c' };
  let store: Store;
  let anew: number;
  let reports: Reports;
  const answer = (knownProcess: number): Report => ({
    replicaId: 'b', process: 7, origin: 0, version: 1, since: 0, entries: [], hlc: 1, knownProcess, knownVersion: 1, draining: false, address: 'b:1', clusterId: 'c', wallMs: 0,
  });
  beforeEach(() => {
    store = new Store({ databases: openInMemory(), time, schedule: (flush) => flush() });
    anew = 0;
    identity.process = 1;
    const renew = () => {
      identity.process += 1;
    };
    reports = new Reports({ store, time, log: pino({ level: 'silent' }), identity, renew }, () => void (anew += 1));
  });
  afterEach(() => store.close());

  test('when it names another process than the one that called: that one has ended, as far as the peer knows', () => {
    reports.checkAnswer(1, answer(99));
    expect([identity.process, anew]).toEqual([2, 1]);
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
