// Package the desktop app: bundle main, preload and renderer, then installers for this system.
import { spawnSync } from 'node:child_process';

const steps: readonly (readonly [title: string, command: readonly string[]])[] = [
  ['Bundling', ['node_modules/electron-vite/bin/electron-vite.js', 'build']],
  [
    'Packaging',
    ['node_modules/electron-builder/out/cli/cli.js', '--publish', 'never', ...process.argv.slice(2)],
  ],
];

for (const [title, command] of steps) {
  console.error(`${title} …`);
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
