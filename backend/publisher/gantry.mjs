#!/usr/bin/env node
// What `gantry` starts. Plain JavaScript, so that nothing is compiled before the cache of compiled sources is on: with
// it a verb starts in a fifth of the time. It lies with the dependencies and may be deleted at any moment; where it
// cannot be written, all works without. The variable hands it to worker threads.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../node_modules/.cache/gantry', import.meta.url),
);
enableCompileCache(process.env.NODE_COMPILE_CACHE);
// Applying a patch may take 128 MB in all. So the engine collects garbage while there is little of it, which saves 6 MB for
// the modules alone, and leaves its optimising compiler for JavaScript be: that takes 3 MB, and the work is the kernels'.
// After the cache, whose content is of the flags at its start.
if (process.argv[2] === 'apply') {
  for (const flag of ['--semi-space-growth-factor=1', '--no-opt']) setFlagsFromString(flag);
}
await import('./gantry.ts');
