import { resolve } from 'node:path';
import type { Command } from 'commander';
import { describePatch } from '../../../patcher/delta/apply/describe-patch.ts';
import { makeKnownPatch } from '../../../patcher/delta/make/make-patch.ts';
import { PatchFile, withBodies } from '../../../patcher/delta/apply/open-patch.ts';
import { scanBuilds } from '../../../patcher/delta/plan/scan-builds.ts';
import { formatBytes, formatSeconds } from '../../../patcher/terminal/quantities.ts';
import { checkOutputFile } from '../patch/check-output-place.ts';
import { formatClasses } from '../patch/class-table.ts';
import type { CommonOptions } from '../command/context.ts';
import { measureProcess } from '../patch/measure-process.ts';
import { readChoice, readWholeNumber } from '../command/option-values.ts';
import { spareCompiler } from '../patch/spare-memory.ts';
import { addVerb } from '../command/verb.ts';

const efforts = ['fast', 'default', 'max'] as const;

interface DiffOptions extends CommonOptions {
  readonly output: string;
  readonly effort: string;
  readonly memory: string;
}

export function registerDiff(program: Command): void {
  addVerb<DiffOptions>(program, {
    name: 'diff',
    summary: 'make a patch from one folder to another',
    help: 'Works without a service. The same two folders give the same patch.',
    arguments: [
      ['<old>', 'the folder players have'],
      ['<new>', 'the folder they shall have'],
    ],
    options: [
      ['-o, --output <file>', 'where the patch goes', 'update.gantry-patch'],
      ['--effort <level>', `${efforts.join(', ')}: smaller patches for more time`, 'default'],
      ['--memory <MiB>', 'memory to compare in', '512'],
    ],
    examples: [
      'gantry diff ./build-1.0 ./build-1.1 -o update.gantry-patch',
      'gantry diff old new -o p --effort max --json',
    ],
    online: false,
    reliesOn: ['SHA-256', 'Zstandard'],
    run: async ({ output, signal }, options, oldFolder = '', newFolder = '') => {
      const effort = readChoice('--effort', options.effort, efforts);
      const memoryMiB = readWholeNumber('--memory', options.memory, { min: 64, max: 65_536 });
      const [oldRoot, newRoot] = [resolve(oldFolder), resolve(newFolder)];
      const outPath = resolve(options.output);
      await checkOutputFile(outPath, [oldRoot, newRoot]);
      const started = Date.now();
      if (effort === 'fast') spareCompiler();
      const memoryBudgetBytes = memoryMiB * 2 ** 20;
      const { oldTree, newTree } = await scanBuilds({
        oldRoot,
        newRoot,
        effort,
        memoryBudgetBytes,
        signal,
        onProgress: (state) => output.progress.update({ phase: 'scanning', ...state }),
      });
      const { report, patch } = await makeKnownPatch({
        oldRoot,
        newRoot,
        oldTree,
        newTree,
        outPath,
        effort,
        memoryBudgetBytes,
        mayBlock: true,
        signal,
        onProgress: (state) => output.progress.update({ phase: 'comparing', ...state }),
      });
      output.progress.end();
      await using file = await PatchFile.open(outPath);
      const classes = await describePatch(withBodies(patch, file), newRoot, signal);
      const seconds = (Date.now() - started) / 1000;
      output.result(
        {
          ...report,
          classes,
          file: outPath,
          newBytes: newTree.totalBytes,
          seconds,
          ...measureProcess(),
        },
        `${options.output}: ${formatBytes(report.sizeBytes)} for a build of ${formatBytes(newTree.totalBytes)} (${percent(report.sizeBytes, newTree.totalBytes)}), made in ${formatSeconds(seconds)}.${formatClasses(classes)}`,
      );
    },
  });
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}
