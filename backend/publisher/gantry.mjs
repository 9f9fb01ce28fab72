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
// The engine collects garbage while there is little of it: before the first module is loaded, or it takes 6 MB for that
// alone. Applying a patch may take 128 MB in all. After the cache, whose content is of the flags at its start.
if (process.argv[2] === 'apply') setFlagsFromString('--semi-space-growth-factor=1');
await import('./gantry.ts');
