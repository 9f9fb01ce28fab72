import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';
import { runStep } from './step.mjs';

/** Folders of `out`, each of programs that share code: verbs of `gantry` that may have little to do, and the patcher's process. */
const FOLDERS = ['publisher', 'patcher'];

/**
 * Bundle programs that would take longer to load 200 modules than to work, unless that was done with these very sources. Who
 * starts one runs the bundle while it looks the same to it (patcher/process/bundles.mjs).
 */
export async function buildBundles(place) {
  for (const folder of FOLDERS) {
    if (!isCurrent(join(place.projectFolder, 'out', folder), place.projectFolder))
      await buildBundle(folder, place);
  }
}

async function buildBundle(folder, { projectFolder, node, environment }) {
  const config = join('build', 'setup', 'bundles.vite.config.ts');
  const { ok, output } = await runStep({
    title: `Bundling the ${folder}`,
    command: node,
    args: [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '-c', config],
    cwd: projectFolder,
    environment: { ...environment, GANTRY_BUNDLE: folder },
  });
  if (!ok)
    throw new SetupError(`The ${folder} could not be bundled:\n${output.trim()}`, 'Mend the error above.');
}

function isCurrent(bundle, projectFolder) {
  const programs = readPrograms(join(bundle, 'programs.json'));
  if (programs === undefined) return false;
  return programs
    .flatMap(({ sources }) => sources)
    .every(([file, sizeBytes, modifiedMs]) => {
      const now = statSync(join(projectFolder, file), { throwIfNoEntry: false });
      return now?.size === sizeBytes && now.mtimeMs === modifiedMs;
    });
}

/** undefined where nothing was bundled, or bundling was stopped while it wrote this. */
function readPrograms(list) {
  try {
    return Object.values(JSON.parse(readFileSync(list, 'utf8')).programs);
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
