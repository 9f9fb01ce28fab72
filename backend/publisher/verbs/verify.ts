import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PatchFile, openPatch } from '../../../patcher/delta/apply/open-patch.ts';
import { computeTreeDigest } from '../../../patcher/formats/tree-digest.ts';
import { scanTree } from '../../../patcher/scan/scan-tree.ts';
import { exitCodes } from '../../../patcher/terminal/exit-codes.ts';
import { addVerb } from '../verb.ts';

export function registerVerify(program: Command): void {
  addVerb(program, {
    name: 'verify',
    summary: 'check that a folder is exactly what a patch makes',
    help: `Works without a service: compares every path, mode, link and byte with the patch's list of the new build.
Exit code 6 when they differ.`,
    arguments: [
      ['<patch>', 'a file that gantry diff made'],
      ['<folder>', 'the folder to check'],
    ],
    examples: ['gantry verify update.gantry-patch ./build-1.1'],
    online: false,
    run: async ({ output, signal }, _options, patchPath = '', folder = '') => {
      await using file = await PatchFile.open(resolve(patchPath));
      const { patch } = await openPatch(file, signal);
      const scanned = await scanTree({
        root: resolve(folder),
        signal,
        onProgress: (state) => output.progress.update({ phase: 'hashing', ...state }),
      });
      output.progress.end();
      const matches = computeTreeDigest(scanned.entries) === patch.newTreeDigest;
      output.result(
        { ok: matches, folder: resolve(folder), files: scanned.entries.length },
        matches ? `${folder} is exactly the new build.` : `${folder} is not the new build of this patch.`,
      );
      if (!matches) process.exitCode = exitCodes.integrity;
    },
  });
}
