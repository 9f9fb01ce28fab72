import type { Command } from 'commander';
import { formatBytes, formatTable } from '../../../patcher/terminal/quantities.ts';
import { depotSchema } from '../../api/contract.ts';
import type { CommonOptions } from '../command/context.ts';
import { readChoice, readWholeNumber } from '../command/option-values.ts';
import { addVerb } from '../command/verb.ts';

interface BuildsOptions extends CommonOptions {
  readonly depot?: string;
  readonly limit: string;
}

export function registerBuilds(program: Command): void {
  addVerb<BuildsOptions>(program, {
    name: 'builds',
    summary: 'list a game’s builds and patches',
    help: 'Newest first, with the channels that point to them and what a first install downloads.',
    arguments: [['<game>', 'the game’s id']],
    options: [
      ['--depot <depot>', 'windows, linux, macos or web'],
      ['--limit <count>', 'at most this many', '20'],
    ],
    examples: ['gantry builds skyforge', 'gantry builds skyforge --depot linux --json'],
    run: async ({ api, output, signal }, options, gameId = '') => {
      const depot =
        options.depot === undefined ? undefined : readChoice('--depot', options.depot, depotSchema.options);
      const query = {
        limit: readWholeNumber('--limit', options.limit, { min: 1, max: 200 }),
        ...(depot === undefined ? {} : { depot }),
      };
      const { builds, patches } = await api.builds({ params: { gameId }, query }, { signal });
      const rows = builds.map((build) => [
        String(build.buildId),
        build.depot,
        build.version,
        build.channels.join(', '),
        formatBytes(build.sizeBytes),
        formatBytes(build.downloadBytes),
        build.createdAt.slice(0, 16).replace('T', ' '),
      ]);
      const patchRows = patches.map((patch) => [
        `${patch.oldBuildId} → ${patch.newBuildId}`,
        formatBytes(patch.sizeBytes),
      ]);
      const table = formatTable([
        ['build', 'depot', 'version', 'channels', 'size', 'download', 'made (UTC)'],
        ...rows,
      ]);
      const patchTable =
        patchRows.length === 0 ? '' : `\n\n${formatTable([['patch', 'download'], ...patchRows])}`;
      output.result({ builds, patches }, builds.length === 0 ? 'No builds yet.' : `${table}${patchTable}`);
    },
  });
}
