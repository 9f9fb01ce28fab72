import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provideBrowser } from './browser.mjs';
import { buildBundles } from './bundles.mjs';
import { linkCommands } from './commands.mjs';
import { installDependencies } from './dependencies.mjs';
import { buildKernels } from './kernels.mjs';
import { buildNative } from './native.mjs';
import { buildRenderer } from './renderer.mjs';
import { findRuntime } from './runtime.mjs';
import { withSetupLock } from './setup-lock.mjs';

export const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Bring everything a task needs; each step is skipped when its result is already there.
 * @returns the Node 24 to run the task with, and the environment that puts it first on the PATH.
 */
export async function prepare(needs) {
  return await withSetupLock(projectFolder, async () => {
    await installDependencies(projectFolder);
    const node = findRuntime(projectFolder);
    const environment = withNodeFirst(node);
    await linkCommands(projectFolder, node);
    await buildKernels({ projectFolder, node, environment });
    await buildBundles({ projectFolder, node, environment });
    if (needs.includes('native')) await buildNative({ projectFolder, node, environment });
    if (needs.includes('renderer')) await buildRenderer({ projectFolder, node, environment });
    if (needs.includes('browser')) environment.CHROMIUM_PATH = await provideBrowser({ projectFolder, node });
    return { node, environment };
  });
}

/** Child processes that say `node` get this one, and the project's own commands. */
function withNodeFirst(node) {
  const path = [dirname(node), join(projectFolder, 'node_modules', '.bin'), process.env.PATH ?? ''].join(
    delimiter,
  );
  return { ...process.env, PATH: path };
}
