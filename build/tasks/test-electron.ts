// The player's journey inside real Electron: bundle the app, then run it as a player would.
import { spawnSync } from 'node:child_process';

const steps: readonly (readonly string[])[] = [
  ['node_modules/electron-vite/bin/electron-vite.js', 'build'],
  ['node_modules/@playwright/test/cli.js', 'test', '--project=electron', ...process.argv.slice(2)],
];

for (const command of steps) {
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    break;
  }
}
