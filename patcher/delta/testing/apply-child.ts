/**
 * `node apply-child.ts PATCH OLD OUT`: apply a patch as `gantry apply` does, in a process of its own, whose memory is then that
 * of applying alone. Prints the peak of it in bytes, and behind it the code of the error it ended with, if it did.
 */
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Compiling sources takes a quarter of what applying may hold; only the first run does.
enableCompileCache();
for (const flag of ['--semi-space-growth-factor=1', '--no-opt']) setFlagsFromString(flag);
const { applyPatchToFolder } = await import('../apply/apply-patch.ts');
const { AppError } = await import('../../errors.ts');
const { openPatch, PatchFile } = await import('../apply/open-patch.ts');
const [patch, oldRoot, outRoot] = process.argv.slice(2) as [string, string, string];
await using file = await PatchFile.open(patch);
let code = '';
try {
  await applyPatchToFolder({ patch: await openPatch(file), oldRoot, outRoot, useCallingThread: true });
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  code = ` ${error.code}`;
}
process.stdout.write(`${readPeakBytes()}${code}\n`);

/** Linux counts what the parent held when it started this process among the `maxRSS`, but not among these. */
function readPeakBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const [, peakKiB] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(peakKiB) * 1024;
}
