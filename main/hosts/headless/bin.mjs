#!/usr/bin/env node
// Runs under any Node from 18 on and hands over to the project's own Node 24, which runs TypeScript as it is.
// Arguments, working directory, terminal, signals and exit code pass through.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('gantry-player.ts', import.meta.url));
const binary = process.platform === 'win32' ? 'node.exe' : 'node';
const own = fileURLToPath(new URL(`../../../node_modules/.bin/${binary}`, import.meta.url));
const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24;

if (!isNewEnough && !existsSync(own)) {
  console.error(
    'gantry-player needs Node 24, which this clone has not installed yet.\nRun "npm run setup" there first.',
  );
  process.exit(1);
}

const child = spawn(isNewEnough ? process.execPath : own, [entry, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`gantry-player could not start Node: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
