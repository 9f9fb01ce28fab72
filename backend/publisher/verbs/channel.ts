import { Command } from 'commander';
import { formatTable } from '../../../patcher/terminal/quantities.ts';
import type { CommonOptions } from '../context.ts';
import { publisherErrors } from '../publisher-errors.ts';
import { parseChannelTarget } from '../push-target.ts';
import { readWholeNumber } from '../option-values.ts';
import { addVerb } from '../verb.ts';

interface PromoteOptions extends CommonOptions {
  readonly build?: string;
  readonly from?: string;
}

export function registerChannel(program: Command): void {
  const channel = new Command('channel')
    .summary('see channels and promote builds')
    .description('See channels and promote builds.');
  registerList(channel);
  registerPromote(channel);
  program.addCommand(channel);
}

function registerList(channel: Command): void {
  addVerb(channel, {
    name: 'list',
    summary: 'list a game’s channels',
    help: 'Which build each channel points to.',
    arguments: [['<game>', 'the game’s id']],
    examples: ['gantry channel list skyforge'],
    run: async ({ api, output, signal }, _options, gameId = '') => {
      const { channels } = await api.channels({ params: { gameId } }, { signal });
      const rows = channels.map(({ depot, channel: name, build, updatedAt }) => [
        `${gameId}/${depot}:${name}`,
        String(build.buildId),
        build.version,
        updatedAt.slice(0, 16).replace('T', ' '),
      ]);
      output.result(
        { channels },
        channels.length === 0
          ? 'No channels yet.'
          : formatTable([['channel', 'build', 'version', 'since (UTC)'], ...rows]),
      );
    },
  });
}

function registerPromote(channel: Command): void {
  addVerb<PromoteOptions>(channel, {
    name: 'promote',
    summary: 'point a channel at a build',
    help: 'Players on the channel get the build as their next update. Pointing back to an older build rolls back.',
    arguments: [['<target>', 'game/depot:channel']],
    options: [
      ['--build <id>', 'the build (default: the depot’s newest)'],
      ['--from <channel>', 'the build another channel points to'],
    ],
    examples: [
      'gantry channel promote skyforge/linux:stable --from beta',
      'gantry channel promote skyforge/linux:stable --build 41',
    ],
    run: async ({ api, output, signal }, options, target = '') => {
      const { gameId, depot, channel: name } = parseChannelTarget(target);
      const buildId = await findBuild();
      const result = await api.setChannel(
        { params: { gameId, depot, channel: name }, body: { buildId } },
        { signal },
      );
      output.result(
        result,
        `${gameId}/${depot}:${name} now points to build ${buildId}${result.build.version === '' ? '' : ` (${result.build.version})`}.`,
      );

      async function findBuild(): Promise<number> {
        if (options.build !== undefined) {
          return readWholeNumber('--build', options.build, { min: 1, max: 2 ** 31 - 1 });
        }
        const { channels } = await api.channels({ params: { gameId } }, { signal });
        const from = channels.find((one) => one.depot === depot && one.channel === options.from);
        const { builds } = await api.builds({ params: { gameId }, query: { depot, limit: 1 } }, { signal });
        const build = options.from === undefined ? builds[0] : from?.build;
        if (build === undefined) {
          throw publisherErrors.error('CLI_BUILD_NOT_FOUND', {
            gameId,
            depot,
            build: options.from ?? 'at all',
          });
        }
        return build.buildId;
      }
    },
  });
}
