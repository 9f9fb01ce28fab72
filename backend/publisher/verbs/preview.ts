import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommonOptions } from '../command/context.ts';
import { previewBuild } from '../upload/preview-build.ts';
import { parseTarget } from '../upload/push-target.ts';
import { addVerb } from '../command/verb.ts';

interface PreviewOptions extends CommonOptions {
  readonly config?: string;
}

export function registerPreview(program: Command): void {
  addVerb<PreviewOptions>(program, {
    name: 'preview',
    summary: 'see how large an update is and what it costs, before pushing it',
    help: `Compares the folder with the build the channel points to: bytes players download at most, the files that
cause them, and the price for a thousand players by region. Uploads nothing.`,
    arguments: [
      ['<folder>', 'the build'],
      ['<target>', 'game/depot:channel'],
    ],
    options: [['--config <file>', 'another project file than ./gantry.json']],
    examples: ['gantry preview ./build skyforge/linux:stable'],
    run: async (context, options, folder = '', target = '') => {
      await previewBuild(context, {
        root: resolve(folder),
        target: parseTarget(target),
        config: options.config,
      });
    },
  });
}
