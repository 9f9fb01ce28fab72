import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';
import { runStep } from './step.mjs';

/** Install what package-lock.json lists, unless exactly that is installed already. */
export async function installDependencies(projectFolder) {
  const stampFile = join(projectFolder, 'node_modules', '.gantry-installed');
  const wanted = computeStamp(projectFolder);
  if (readStamp(stampFile) === wanted) return;
  const { ok, output } = await runStep({
    title: 'Installing dependencies',
    command: 'npm',
    // Not `npm ci`: it refuses a lockfile that misses any optional package of any system, and registries do not carry
    // every one of those at every moment. `install --no-save` installs what is locked and leaves the lockfile alone.
    args: ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    cwd: projectFolder,
    environment: process.env,
    // npm is a .cmd file on Windows, which only a shell starts.
    shell: process.platform === 'win32',
  });
  if (!ok) {
    throw new SetupError(
      `The dependencies could not be installed:\n${firstLines(output)}`,
      'Check the network connection to the npm registry and the free disk space (about 1.2 GB), then run the same command again.',
    );
  }
  writeFileSync(stampFile, wanted);
}

/** npm repeats its manual after an error; what went wrong stands first. */
function firstLines(output) {
  return output.trim().split('\n').slice(0, 12).join('\n');
}

function computeStamp(projectFolder) {
  const hash = createHash('sha256');
  hash.update(`${process.platform} ${process.arch}\n`);
  for (const file of ['package.json', 'package-lock.json'])
    hash.update(readFileSync(join(projectFolder, file)));
  return hash.digest('hex');
}

function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
