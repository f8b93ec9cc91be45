import { AccountCreated, ChangeKind, HiddenSet, MessageCreated, MessageDeleted } from '@parley/proto/replication';
import { readTables } from '../../test/tables.ts';
import { systemTime } from '../stamp/clock.ts';
import { MalformedChange } from './change.ts';
import { type Databases, openInMemory } from './database.ts';
import { Store } from './store.ts';

describe('rebuilding', () => {
  let databases: Databases;
  let store: Store;
  beforeEach(async () => {
    databases = openInMemory();
    store = new Store({ databases, time: systemTime });
    await store.write((tx) => {
      tx.append(ChangeKind.CHANGE_KIND_ACCOUNT_CREATED, 'ann', AccountCreated.encode({ createdAtMs: 1 }).finish());
      for (let i = 0; i < 2500; i++) tx.append(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, `ann/m${i}`, MessageCreated.encode({ conversationId: 'talk', text: `text ${i}`, sentAtMs: 1 }).finish());
      tx.append(ChangeKind.CHANGE_KIND_MESSAGE_DELETED, 'ann/m7', MessageDeleted.encode({ conversationId: 'talk', sentAtMs: 1 }).finish());
      tx.append(ChangeKind.CHANGE_KIND_HIDDEN_SET, 'ben/ann/m8', HiddenSet.encode({ hidden: true }).finish());
    });
  });
  afterEach(() => store.close());

  test('[B1] tables that were damaged are what the log says again, the log and the vector stay, and progress is told', async () => {
    const { writer } = databases;
    const [tables, vector, log] = [readTables(writer), [...store.vector], writer.prepare('SELECT * FROM changes').all()];
    writer.exec("DELETE FROM hidden; UPDATE messages SET text = 'forged'; DELETE FROM messages WHERE message_id LIKE 'm1%'; INSERT INTO creations VALUES ('ann', 'm9', 1, 1, 1)");
    expect(readTables(writer)).not.toEqual(tables);
    const told: number[] = [];
    await store.rebuild((changes) => told.push(changes));
    expect(readTables(writer)).toEqual(tables);
    expect([[...store.vector], writer.prepare('SELECT * FROM changes').all()]).toEqual([vector, log]);
    expect(told).toEqual([1000, 2000, 2503]);
  });

  test('[B1] where the log itself is damaged nothing changes, and the damaged change is named', async () => {
    const { writer } = databases;
    writer.exec("UPDATE changes SET change = CAST(replace(CAST(change AS TEXT), 'text 1234', 'text 4321') AS BLOB) WHERE seq = 1236");
    const tables = readTables(writer);
    const failed = store.rebuild();
    await expect(failed).rejects.toThrow(MalformedChange);
    await expect(failed).rejects.toThrow(/change 1236 of origin \d+/);
    expect(readTables(writer)).toEqual(tables);
  });
});
