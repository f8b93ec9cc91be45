import type { Report } from '@parley/proto/replication';
import { pino } from 'pino';
import { VirtualTime } from '../../test/virtual-time.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import type { ReplicationLink } from './link.ts';
import { Peer } from './peer.ts';
import { Reports } from './reports.ts';

const no = () => Promise.reject(new Error('not called'));
const link: ReplicationLink = { replicate: no, pull: no, join: no, readHashes: no, relay: no, remove: no, readCopy: no, verify: no, close: () => {} };

describe('[F2] a process that was put back to before it took its present number, and calls nobody who knows, is told by those who call it', () => {
  const time = new VirtualTime();
  const stores: Store[] = [];
  let renewed: number;
  const EARLIER = 3;
  const LATER = 4;

  function replica(replicaId: string, process: number): { reports: Reports; peerOf: (id: string) => Peer; report: (peer: Peer) => Report; identity: { process: number } } {
    const store = new Store({ databases: openInMemory(), time, schedule: (flush) => flush() });
    stores.push(store);
    const identity = { replicaId, process, address: `${replicaId}:1`, clusterId: 'c' };
    const renew = () => {
      identity.process += 1;
      renewed += 1;
    };
    const reports = new Reports({ store, time, log: pino({ level: 'silent' }), identity, renew, onNamesake: () => {} }, () => {});
    return { reports, identity, peerOf: (id) => new Peer(id, `${id}:1`, link, time, undefined), report: (peer) => reports.for(peer) };
  }

  beforeEach(() => {
    renewed = 0;
  });
  afterEach(() => {
    for (const store of stores.splice(0)) store.close();
  });

  test('an answer of an earlier process to a call made since the later one was heard', async () => {
    const caller = replica('caller', 1);
    const callee = replica('callee', EARLIER);
    const seenAs = caller.peerOf('callee');
    const own = callee.peerOf('caller');
    caller.reports.take(seenAs, callee.report(own));
    callee.identity.process = LATER;
    const calledBefore = time.monotonicMs();
    await time.pass(10);
    caller.reports.take(seenAs, callee.report(own));
    callee.identity.process = EARLIER;
    // A late answer to an earlier call is of the process that was.
    seenAs.answeredCall(calledBefore, EARLIER);
    callee.reports.take(own, caller.report(seenAs));
    expect(renewed).toBe(0);
    await time.pass(10);
    seenAs.answeredCall(time.monotonicMs(), EARLIER);
    callee.reports.take(own, caller.report(seenAs));
    expect(renewed).toBe(1);
    // Under its new number it is heard again, and told nothing more.
    callee.identity.process = LATER + 1;
    caller.reports.take(seenAs, callee.report(own));
    expect([seenAs.process, seenAs.putBackTo, caller.report(seenAs).knownVersion]).toEqual([LATER + 1, undefined, callee.report(own).version]);
  });
});
