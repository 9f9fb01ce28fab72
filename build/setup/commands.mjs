import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What the C library is told before it starts (glibc; others do not look): give what was freed back to the system from
 * 128 KiB on, as it does at first. By itself it raises both limits to 32 and 64 MiB once a large block was freed, and an
 * `apply` that promises to take 128 MiB then takes up to 20 more. The patcher's process is told its own
 * (`patcher/process/patcher-flags.ts`).
 */
const ALLOCATOR = ['MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_']
  .map((name) => `export ${name}="\${${name}:-131072}"\n`)
  .join('');

/**
 * Put the project's own commands (package.json `bin`) into node_modules/.bin, where npm puts those of dependencies only.
 * A clone's `gantry` and `gantry-player` then run from any folder.
 */
export async function linkCommands(projectFolder, node) {
  const { bin = {} } = JSON.parse(await readFile(join(projectFolder, 'package.json'), 'utf8'));
  for (const [name, script] of Object.entries(bin)) {
    const target = join(projectFolder, script);
    const link = join(projectFolder, 'node_modules', '.bin', name);
    await writeIfChanged(link, `#!/bin/sh\n${ALLOCATOR}exec "${node}" "${target}" "$@"\n`);
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
