import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../../..');

function testFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'gen'].includes(entry.name)) return [];
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return /\.test\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

test('each rule of docs/spec.md has a name of its own and is named by a test, and each rule that a test names is there', () => {
  const rules = [...readFileSync(join(root, 'docs/spec.md'), 'utf8').matchAll(/\*\*\[([A-Z]\d)\]\*\*/g)].map(([, rule]) => rule);
  const named = new Set(testFiles(join(root, 'packages')).flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/(?:(?:test|describe)(?:\.each\(.*\))?\('|\/\/ )\[([A-Z]\d)\]/g)].map(([, rule]) => rule)));
  // As a list: a name that is given to two rules is found too.
  expect([...named].sort()).toEqual(rules.sort());
});
