/**
 * `node apply-child.ts PATCH OLD OUT`: apply a patch as `gantry apply` does, in a process of its own, whose memory is then that
 * of applying alone. Prints the peak of it in bytes.
 */
import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Compiling sources takes a quarter of what applying may hold; only the first run does.
enableCompileCache();
for (const flag of ['--semi-space-growth-factor=1', '--no-opt']) setFlagsFromString(flag);
const { applyPatchToFolder } = await import('../apply/apply-patch.ts');
const { openPatch, PatchFile } = await import('../apply/open-patch.ts');
const [patch, oldRoot, outRoot] = process.argv.slice(2) as [string, string, string];
await using file = await PatchFile.open(patch);
await applyPatchToFolder({ patch: await openPatch(file), oldRoot, outRoot, useCallingThread: true });
process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`);
