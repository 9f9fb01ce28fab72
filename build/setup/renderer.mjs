import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';
import { runStep } from './step.mjs';

/** Build the launcher's page into out/renderer, unless it was built from these very sources. */
export async function buildRenderer({ projectFolder, node, environment }) {
  const outFolder = join(projectFolder, 'out', 'renderer');
  const stampFile = join(outFolder, '.built-from');
  const wanted = hashSources(projectFolder, ['renderer', 'preload', 'package-lock.json']);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  const { ok, output } = await runStep({
    title: 'Building the launcher',
    command: node,
    args: [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '-c', join('renderer', 'vite.config.ts')],
    cwd: projectFolder,
    environment,
  });
  if (!ok)
    throw new SetupError(`The launcher could not be built:\n${output.trim()}`, 'Mend the error above.');
  writeFileSync(stampFile, wanted);
}

function hashSources(projectFolder, places) {
  const hash = createHash('sha256');
  for (const file of places.flatMap((place) => listFiles(projectFolder, place)).sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(projectFolder, file)));
  }
  return hash.digest('hex');
}

function listFiles(projectFolder, place) {
  if (!existsSync(join(projectFolder, place))) return [];
  if (place.includes('.')) return [place];
  return readdirSync(join(projectFolder, place), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(projectFolder.length));
}
