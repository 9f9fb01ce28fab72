import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CHILD = fileURLToPath(new URL('../testing/jobs/abort-child.ts', import.meta.url));
const RUNS = Number(process.env['GANTRY_ABORTS'] ?? 200);

test('a process whose pushes and patches are aborted at any moment lives on', () => {
  const aborted = execFileSync(process.execPath, ['--no-warnings', CHILD, String(RUNS), '21'], {
    encoding: 'utf8',
    timeout: 800_000,
  });
  expect(Number(aborted)).toBeGreaterThan(RUNS / 4);
}, 900_000);
