#!/usr/bin/env node
// What `gantry` starts. Plain JavaScript, so that nothing is compiled before the cache of compiled sources is on. That lies
// with the dependencies and may be deleted at any moment; where it cannot be written, all works without. The variable
// hands it to worker threads.
//
// Verbs whose work may take less time than loading 200 modules are bundled at set-up: they start in half the CPU.
import { runBundle } from '../../patcher/process/bundles.mjs';

// Importing it would load all that its lazy exports stand for.
const { fileURLToPath } = process.getBuiltinModule('url');
const { enableCompileCache } = process.getBuiltinModule('module');

process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../node_modules/.cache/gantry', import.meta.url),
);

if (!runBundle('publisher', process.argv[2])) {
  enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import('./gantry.ts');
}
