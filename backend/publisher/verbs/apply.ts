import { resolve } from 'node:path';
import type { Command } from 'commander';
import { applyPatchToFolder } from '../../../patcher/delta/apply/apply-patch.ts';
import { describePatch, PatchShares } from '../../../patcher/delta/apply/describe-patch.ts';
import { openPatch, PatchFile } from '../../../patcher/delta/apply/open-patch.ts';
import { formatBytes, formatSeconds } from '../../../patcher/terminal/quantities.ts';
import { collectGarbage } from '../../../patcher/threads/collect-garbage.ts';
import { refuseInside } from '../patch/check-output-place.ts';
import { formatClasses } from '../patch/class-table.ts';
import type { CommonOptions } from '../command/context.ts';
import { measureProcess } from '../patch/measure-process.ts';
import { readWholeNumber } from '../command/option-values.ts';
import { spareMemory } from '../patch/spare-memory.ts';
import { addVerb } from '../command/verb.ts';

interface ApplyOptions extends CommonOptions {
  readonly memory: string;
}

/** A heap with all that applying takes is smaller, but for what headers of large trees leave. */
const GARBAGE_WORTH_BYTES = 16 * 2 ** 20;

export function registerApply(program: Command): void {
  addVerb<ApplyOptions>(program, {
    name: 'apply',
    summary: 'apply a patch to a folder, into a new folder',
    help: `Works without a service. Every byte written is checked against the patch; the old folder is only read.
A run that was stopped goes on when the same patch is applied into the same folder again: what is
there is checked, and only what is missing is made.`,
    arguments: [
      ['<patch>', 'a file that gantry diff made'],
      ['<old>', 'the folder it was made from'],
      ['<out>', 'the folder to make: one that does not exist, is empty, or holds a run that was stopped'],
    ],
    options: [['--memory <MiB>', 'memory to apply in; more lets more cores help', '128']],
    examples: ['gantry apply update.gantry-patch ./build-1.0 ./build-1.1'],
    online: false,
    reliesOn: ['SHA-256', 'Zstandard'],
    run: async ({ output, signal }, options, patch = '', oldFolder = '', outFolder = '') => {
      spareMemory();
      const memoryMiB = readWholeNumber('--memory', options.memory, { min: 64, max: 65_536 });
      refuseInside(resolve(outFolder), [resolve(oldFolder)]);
      const started = Date.now();
      await using file = await PatchFile.open(resolve(patch));
      const memoryBytes = memoryMiB * 2 ** 20;
      const opened = await openPatch(file, signal, memoryBytes);
      // What reading the header of a large tree leaves behind would lie beside the segments.
      collectGarbage(GARBAGE_WORTH_BYTES);
      const shares = new PatchShares(opened.patch);
      const report = await applyPatchToFolder({
        patch: opened,
        oldRoot: resolve(oldFolder),
        outRoot: resolve(outFolder),
        memoryBytes,
        useCallingThread: true,
        signal,
        onRows: (segment, read) => shares.add(segment, read),
        onProgress: (state) => output.progress.update({ phase: 'applying', ...state }),
      });
      output.progress.end();
      const classes = await describePatch(opened, resolve(outFolder), signal, shares);
      const seconds = (Date.now() - started) / 1000;
      output.result(
        { ...report, classes, folder: resolve(outFolder), seconds, ...measureProcess() },
        `${outFolder}: ${formatBytes(report.bytesWritten)} written and checked in ${formatSeconds(seconds)}${formatReused(report.bytesReused)}.${formatClasses(classes)}`,
      );
    },
  });
}

function formatReused(bytes: number): string {
  return bytes === 0 ? '' : `, ${formatBytes(bytes)} of it made by the run before`;
}
