#!/usr/bin/env node
// What `gantry` starts. Plain JavaScript, so that nothing is compiled before the cache of compiled sources is on. That lies
// with the dependencies and may be deleted at any moment; where it cannot be written, all works without. The variable
// hands it to worker threads.
//
// Verbs whose work may take less time than loading 200 modules are bundled at set-up (build/setup/bundles.mjs): they start
// in a third of the CPU. Where there is no bundle, or a source has changed since, the sources run as they are.
// Node's own modules are asked for like this because importing one loads all that its lazy exports stand for.
const { createRequire, enableCompileCache } = process.getBuiltinModule('module');
const { readFileSync, statSync } = process.getBuiltinModule('fs');
const { fileURLToPath } = process.getBuiltinModule('url');

const project = fileURLToPath(new URL('../../', import.meta.url));
process.env.NODE_COMPILE_CACHE ??= `${project}node_modules/.cache/gantry`;
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const bundle = findBundle(process.argv[2]);
if (bundle === undefined) await import('./gantry.ts');
else createRequire(import.meta.url)(bundle);

/** The file that is a verb alone, if it was made from the sources as they are. */
function findBundle(verb) {
  const folder = `${project}out/publisher/`;
  const { programs, sources } = readMadeFrom(`${folder}made-from.json`);
  if (!programs.includes(verb)) return undefined;
  const isSame = ([file, sizeBytes, modifiedMs]) => {
    const now = statSync(project + file, { throwIfNoEntry: false });
    return now?.size === sizeBytes && now.mtimeMs === modifiedMs;
  };
  return sources.every(isSame) ? `${folder}${verb}.cjs` : undefined;
}

/** What the set-up wrote beside the bundle; nothing where there is none, or the set-up was stopped while it wrote. */
function readMadeFrom(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return { programs: [], sources: [] };
    throw error;
  }
}
