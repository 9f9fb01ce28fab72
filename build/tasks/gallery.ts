// Pictures of every screen in the states players meet, taken from the running product: test-results/gallery/.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const gallery = fileURLToPath(new URL('../../test-results/gallery', import.meta.url));

rmSync(gallery, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/@playwright/test/cli.js',
    'test',
    '--project=browser',
    '--grep=@gallery',
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit' },
);
console.log(`The pictures are in ${gallery}`);
process.exitCode = status ?? 1;
