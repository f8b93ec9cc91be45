import { join } from 'node:path';
import { realTransports } from './real-transports.ts';
import { ServerProcesses } from './server-processes.ts';
import { soak } from './soak.ts';

test('[Y5] 40 clients over four servers, one killed every few seconds: nothing lost, nothing twice, all equal (`npm run soak` does it for longer)', async () => {
  const processes = await ServerProcesses.start({ root: join(__dirname, '../../../..'), count: 4 });
  try {
    const { problems, kills, sent } = await soak({ processes, transports: realTransports(), clients: 40, seconds: 15, paceMs: 1_000, say: () => undefined });
    expect(problems).toEqual([]);
    expect(kills).toBeGreaterThan(1);
    expect(sent).toBeGreaterThan(100);
  } finally {
    await processes.close();
  }
}, 240_000);
