/**
 * `node bsdiff-child.ts OLD NEW PATCH`: write bsdiff's patch; without arguments, only prove that the library loads.
 * A program of its own, so that a crash of native code ends nothing else.
 */
import { createRequire } from 'node:module';

interface Bsdiff {
  diff(oldFile: string, newFile: string, patchFile: string): Promise<void>;
}

// Optional and native: absent on machines that could not build it, and never in the launcher.
const bsdiff = createRequire(import.meta.url)('bsdiff-node') as Bsdiff;
const [oldFile, newFile, patchFile] = process.argv.slice(2);
if (oldFile !== undefined && newFile !== undefined && patchFile !== undefined) {
  await bsdiff.diff(oldFile, newFile, patchFile);
}
