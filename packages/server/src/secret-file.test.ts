import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { VirtualTime } from '../test/virtual-time.ts';
import { ClusterSecrets, makeProof, proofChecker } from './replication/proof.ts';
import { followSecrets } from './secret-file.ts';

const OLD = 'o'.repeat(40);
const NEW = 'n'.repeat(40);

describe('[D4] the secrets that a running server accepts', () => {
  let dir: string;
  let file: string;
  let time: VirtualTime;
  let secrets: ClusterSecrets;
  let logged: string[];
  let isProof: (proof: string) => boolean;
  let stop: () => void;
  const accepted = () => [OLD, NEW].filter((secret) => isProof(makeProof(new ClusterSecrets(secret)))).map((secret) => secret[0]);

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'parley-secrets-'));
    file = join(dir, 'cluster-secret');
    writeFileSync(file, OLD);
    time = new VirtualTime();
    secrets = new ClusterSecrets(OLD);
    isProof = proofChecker(secrets);
    logged = [];
    const write = (line: string) => void logged.push((JSON.parse(line) as { reason?: string; msg: string }).reason ?? 'taken');
    stop = followSecrets(file, secrets, time, pino({ level: 'info' }, { write }));
  });
  afterEach(() => {
    stop();
    rmSync(dir, { recursive: true });
  });

  test('are those in the file, once two looks found the same', async () => {
    await time.pass(5000);
    expect([accepted(), secrets.version]).toEqual([['o'], 1]);
    writeFileSync(file, `${OLD}\n${NEW}\n`);
    await time.pass(1000);
    expect(accepted()).toEqual(['o']);
    await time.pass(1000);
    expect(accepted()).toEqual(['o', 'n']);
    writeFileSync(file, `${NEW}\n`);
    await time.pass(2000);
    expect(accepted()).toEqual(['n']);
    expect(logged).toEqual(['taken', 'taken']);
  });

  test('a proof that was right is checked anew after they were replaced', async () => {
    const proof = makeProof(new ClusterSecrets(OLD));
    expect(isProof(proof)).toBe(true);
    writeFileSync(file, NEW);
    await time.pass(2000);
    expect(isProof(proof)).toBe(false);
  });

  test('stay the same where the file is empty, too short or gone; each is told once', async () => {
    const breakIt: (() => void)[] = [() => writeFileSync(file, '\n'), () => writeFileSync(file, `${NEW}\nshort`), () => rmSync(file)];
    for (const broken of breakIt) {
      broken();
      await time.pass(10_000);
    }
    expect([accepted(), secrets.version]).toEqual([['o'], 1]);
    expect(logged).toEqual(['it is empty', 'a secret in it is shorter than 32 characters', 'it cannot be read']);
    writeFileSync(file, NEW);
    await time.pass(2000);
    expect(accepted()).toEqual(['n']);
  });
});
