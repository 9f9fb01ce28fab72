import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';
import { runStep } from './step.mjs';

/**
 * Bundle the verbs of `gantry` that may have little to do into out/publisher, unless that was made from these very sources:
 * loading 200 modules takes longer than they work. `gantry` runs the bundle while it looks the same to it.
 */
export async function buildBundles({ projectFolder, node, environment }) {
  if (isCurrent(projectFolder)) return;
  const config = join('build', 'setup', 'bundles.vite.config.ts');
  const { ok, output } = await runStep({
    title: 'Bundling the commands',
    command: node,
    args: [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '-c', config],
    cwd: projectFolder,
    environment,
  });
  if (!ok)
    throw new SetupError(`The commands could not be bundled:\n${output.trim()}`, 'Mend the error above.');
}

function isCurrent(projectFolder) {
  const programs = readPrograms(join(projectFolder, 'out', 'publisher', 'programs.json'));
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
