import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PatchFile, openPatch } from '../../../patcher/delta/apply/open-patch.ts';
import { computeTreeDigest } from '../../../patcher/formats/tree-digest.ts';
import { scanTree } from '../../../patcher/scan/scan-tree.ts';
import { exitCodes } from '../../../patcher/terminal/exit-codes.ts';
import { compareListing, type ListingDifference } from '../patch/compare-listing.ts';
import { addVerb } from '../command/verb.ts';

/** Differences shown to people; `--json` has all. */
const SHOWN_MAX = 20;

export function registerVerify(program: Command): void {
  addVerb(program, {
    name: 'verify',
    summary: 'check that a folder is exactly what a patch makes',
    help: `Works without a service: compares every path, mode, link and byte with the patch's list of the new build.
Says which paths are missing, too many, or of another kind, mode, size or target.
Exit code 6 when they differ.`,
    arguments: [
      ['<patch>', 'a file that gantry diff made'],
      ['<folder>', 'the folder to check'],
    ],
    examples: ['gantry verify update.gantry-patch ./build-1.1'],
    online: false,
    reliesOn: ['SHA-256', 'Zstandard'],
    run: async ({ output, signal }, _options, patchPath = '', folder = '') => {
      await using file = await PatchFile.open(resolve(patchPath));
      const { patch } = await openPatch(file, signal);
      const scanned = await scanTree({
        root: resolve(folder),
        mayBeEmpty: true,
        signal,
        onProgress: (state) => output.progress.update({ phase: 'hashing', ...state }),
      });
      output.progress.end();
      const matches = computeTreeDigest(scanned.entries) === patch.newTreeDigest;
      const differences = matches ? [] : compareListing(patch.entries, scanned.entries);
      const { length: files } = scanned.entries.filter(({ kind }) => kind === 'file');
      output.result(
        { ok: matches, folder: resolve(folder), files, differences },
        matches
          ? `${folder} is exactly the new build.`
          : `${folder} is not the new build of this patch.${formatDifferences(differences)}`,
      );
      if (!matches) process.exitCode = exitCodes.integrity;
    },
  });
}

function formatDifferences(differences: readonly ListingDifference[]): string {
  if (differences.length === 0)
    return '\nPaths, modes and sizes are right, but the content of at least one file is not.';
  const shown = differences.slice(0, SHOWN_MAX).map(({ path, difference }) => `\n  ${path}: ${difference}`);
  const more = differences.length - shown.length;
  return `${shown.join('')}${more > 0 ? `\n  and ${more} more` : ''}`;
}
