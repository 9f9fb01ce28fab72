import { resolve } from 'node:path';
import type { Command } from 'commander';
import { applyPatchToFolder } from '../../../patcher/delta/apply-patch.ts';
import { openPatch, PatchFile } from '../../../patcher/delta/open-patch.ts';
import { formatBytes, formatSeconds } from '../../../patcher/terminal/quantities.ts';
import { addVerb } from '../verb.ts';
import { measureProcess } from './diff.ts';

export function registerApply(program: Command): void {
  addVerb(program, {
    name: 'apply',
    summary: 'apply a patch to a folder, into a new folder',
    help: 'Works without a service. Every byte written is checked against the patch; the old folder is only read.',
    arguments: [
      ['<patch>', 'a file that gantry diff made'],
      ['<old>', 'the folder it was made from'],
      ['<out>', 'the folder to make; must not exist or be empty'],
    ],
    examples: ['gantry apply update.gantry-patch ./build-1.0 ./build-1.1'],
    online: false,
    run: async ({ output, signal }, _options, patch = '', oldFolder = '', outFolder = '') => {
      const started = Date.now();
      await using file = await PatchFile.open(resolve(patch));
      const report = await applyPatchToFolder({
        patch: await openPatch(file, signal),
        oldRoot: resolve(oldFolder),
        outRoot: resolve(outFolder),
        signal,
        onProgress: (state) => output.progress.update({ phase: 'applying', ...state }),
      });
      output.progress.end();
      const seconds = (Date.now() - started) / 1000;
      output.result(
        { ...report, folder: resolve(outFolder), seconds, ...measureProcess() },
        `${outFolder}: ${formatBytes(report.bytesWritten)} written and checked in ${formatSeconds(seconds)}.`,
      );
    },
  });
}
