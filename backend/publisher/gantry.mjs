#!/usr/bin/env node
// What `gantry` starts. Plain JavaScript, so that nothing is compiled before the cache of compiled sources is on: with
// it a verb starts in a fifth of the time. It lies with the dependencies and may be deleted at any moment; where it
// cannot be written, all works without. The variable hands it to worker threads.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../node_modules/.cache/gantry', import.meta.url),
);
enableCompileCache(process.env.NODE_COMPILE_CACHE);
await import('./gantry.ts');
