import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Put the project's own commands (package.json `bin`) into node_modules/.bin, where npm puts those of dependencies only.
 * A clone's `gantry` and `gantry-player` then run from any folder.
 */
export async function linkCommands(projectFolder, node) {
  const { bin = {} } = JSON.parse(await readFile(join(projectFolder, 'package.json'), 'utf8'));
  for (const [name, script] of Object.entries(bin)) {
    const target = join(projectFolder, script);
    const link = join(projectFolder, 'node_modules', '.bin', name);
    await writeIfChanged(link, `#!/bin/sh\nexec "${node}" "${target}" "$@"\n`);
    await chmod(link, 0o755);
    if (process.platform === 'win32') await writeIfChanged(`${link}.cmd`, `@"${node}" "${target}" %*\r\n`);
  }
}

async function writeIfChanged(file, text) {
  const old = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (old !== text) await writeFile(file, text);
}
