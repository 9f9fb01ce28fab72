import { fileURLToPath } from 'node:url';

/**
 * The npm scripts: the program each runs under Node 24, and what must be there before it.
 * `native`: bsdiff-node compiled; `renderer`: the launcher's page built; `browser`: a Chromium,
 * named to the task as CHROMIUM_PATH.
 */
const tasks = {
  setup: { needs: ['native', 'renderer'] },
  start: { file: 'start.ts', needs: ['native', 'renderer'] },
  smoke: { file: 'smoke.ts', needs: ['native'] },
  test: { file: 'test.ts', needs: ['native', 'renderer', 'browser'] },
  'test:electron': { file: 'test-electron.ts', needs: ['native'] },
  soak: { file: 'soak.ts', needs: ['native'] },
  check: { file: 'check.ts', needs: [] },
  dev: { file: 'dev.ts', needs: ['native'] },
  dist: { file: 'dist.ts', needs: ['renderer'] },
  bench: { file: 'bench.ts', needs: ['native'] },
  reliability: { file: 'reliability.ts', needs: ['native'] },
  errors: { file: 'write-errors.ts', needs: [] },
  gallery: { file: 'gallery.ts', needs: ['native', 'renderer', 'browser'] },
};

export function listTasks() {
  return Object.keys(tasks);
}

export function findTask(name) {
  if (!Object.hasOwn(tasks, name)) return undefined;
  const { file, needs } = tasks[name];
  return {
    needs,
    ...(file === undefined ? {} : { file: fileURLToPath(new URL(`../tasks/${file}`, import.meta.url)) }),
  };
}
