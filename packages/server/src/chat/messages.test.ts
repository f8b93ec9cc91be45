import { ChangeKind, MemberSet, MessageCreated } from '@parley/proto/replication';
import { VirtualTime } from '../../test/virtual-time.ts';
import type { CallContext } from '../grpc/handlers.ts';
import { VersionVector } from '../stamp/version-vector.ts';
import { encodeChange, erase } from '../store/change.ts';
import { openInMemory } from '../store/database.ts';
import { Store } from '../store/store.ts';
import { messageHandlers } from './messages.ts';
import type { ChatParts } from './parts.ts';

const ALICE = 'a'.repeat(26);
const MESSAGE = 'm'.repeat(26);
const TALK = 't'.repeat(26);

test('[E4] deleting a message that came erased, without its tombstone, writes the tombstone: its copies are counted, not those of nothing', async () => {
  const time = new VirtualTime();
  const store = new Store({ databases: openInMemory(), time, schedule: (flush) => flush() });
  const created = encodeChange({ origin: 4711, seq: 1, hlc: 1 }, { kind: ChangeKind.CHANGE_KIND_MESSAGE_CREATED, key: `${ALICE}/${MESSAGE}`, payload: MessageCreated.encode({ conversationId: TALK, text: 'gone', sentAtMs: 1 }).finish() }, undefined, []);
  await store.write((tx) => {
    tx.append(ChangeKind.CHANGE_KIND_MEMBER_SET, `${TALK}/${ALICE}`, MemberSet.encode({ member: true }).finish());
    tx.apply(erase(created));
  });
  const waited: { origin: number; seq: number }[] = [];
  const parts = {
    store,
    time,
    sessions: { of: () => ({ accountId: ALICE }) },
    cursors: { readAll: () => ({ vector: new VersionVector(), hlc: 0 }), head: () => new Uint8Array() },
    replication: {
      catchUp: { reach: () => Promise.resolve(true) },
      waitForCopies: ({ origin, seq }: { origin: number; seq: number }) => {
        waited.push({ origin, seq });
        return Promise.resolve({ stored: 1, replicas: 1, onAllUp: true, holders: ['aaaaaa'] });
      },
    },
  } as unknown as ChatParts;
  const request = { messages: [{ senderId: ALICE, messageId: MESSAGE }], forEveryone: true, undo: false, seen: [] };
  await messageHandlers(parts).deleteMessages(request, { deadlineMs: Number.POSITIVE_INFINITY } as CallContext);
  expect(waited).toEqual([{ origin: store.origin, seq: 2 }]);
  expect(store.queries.messages.erasedWithoutTombstone(1)).toEqual([]);
  store.close();
});
