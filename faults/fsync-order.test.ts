import { checkFsyncOrder } from './fsync-order.ts';
import { parseTrace } from './strace-lines.ts';

const WAL = '24</data/a.db-wal>';
const CLIENT = '30<TCP:[127.0.0.1:5000->127.0.0.1:41000]>';
const PEER = '31<TCP:[127.0.0.1:42000->127.0.0.1:5001]>';

/** A trace of these calls, one after the other, by one thread. */
function trace(...calls: string[]): string {
  return calls.map((call, index) => `17 17000000${index}.000001 ${call}`).join('\n');
}

const verdictOf = (text: string) => checkFsyncOrder(parseTrace(text), ['hello'], 5000);

test('a change that is synced before it is told to a peer and acknowledged', () => {
  const text = trace(`pwrite64(${WAL}, "..hello..", 4096, 32) = 4096`, `fdatasync(${WAL}) = 0`, `write(${PEER}, "hello", 5) = 5`, `writev(${CLIENT}, [{iov_base="hello", iov_len=5}], 1) = 5`);
  expect(verdictOf(text)).toEqual({ commits: 1, answered: 1, stored: 1, said: 1, broken: [] });
});

test.each([
  ['no sync at all', trace(`pwrite64(${WAL}, "hello", 5, 0) = 5`, `write(${CLIENT}, "hello", 5) = 5`)],
  ['told to a peer before the sync', trace(`pwrite64(${WAL}, "hello", 5, 0) = 5`, `write(${PEER}, "hello", 5) = 5`, `fsync(${WAL}) = 0`)],
  ['a sync that failed', trace(`pwrite64(${WAL}, "hello", 5, 0) = 5`, `fsync(${WAL}) = -1 EIO (Input/output error)`, `write(${CLIENT}, "ok", 2) = 2`)],
  ['a sync of another file', trace(`pwrite64(${WAL}, "hello", 5, 0) = 5`, 'fsync(25</data/a.db>) = 0', `write(${CLIENT}, "ok", 2) = 2`)],
  ['a sync that began before the write', `17 1.0 fsync(${WAL} <unfinished ...>\n18 1.1 pwrite64(${WAL}, "hello", 5, 0) = 5\n17 1.2 <... fsync resumed>) = 0\n18 1.3 write(${CLIENT}, "ok", 2) = 2`],
])('%s is found', (_what, text) => {
  expect(verdictOf(text).broken).toHaveLength(1);
});

test('a call that another thread interrupts is read as one', () => {
  const text = `17 1.0 fsync(${WAL} <unfinished ...>\n18 1.1 write(6<pipe:[3]>, "*", 1) = 1\n17 1.2 <... fsync resumed>) = 0`;
  expect(parseTrace(text)).toEqual([
    { name: 'write', target: 'pipe:[3]', line: 'write(6<pipe:[3]>, "*", 1) = 1', succeeded: true, began: 1, returned: 1 },
    { name: 'fsync', target: '/data/a.db-wal', line: `fsync(${WAL}) = 0`, succeeded: true, began: 0, returned: 2 },
  ]);
});
