// What takes too long for every change: more kills, more seeds, more mutations. Same tests, larger numbers.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.soak.config.ts', ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...process.env, GANTRY_SOAK: '1' } },
);
process.exitCode = status ?? 1;
