import { Command } from 'commander';
import { formatTable } from '../../../patcher/terminal/quantities.ts';
import type { Depot } from '../../api/contract.ts';
import type { CliContext, CommonOptions } from '../command/context.ts';
import { findChannelBuild, findVouchedBuild, withChannel } from '../signing/game-record.ts';
import { publisherErrors } from '../publisher-errors.ts';
import { parseChannelTarget } from '../upload/push-target.ts';
import { readWholeNumber } from '../command/option-values.ts';
import { signGame } from '../signing/sign-game.ts';
import { addVerb } from '../command/verb.ts';

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
    run: async (context, options, target = '') => {
      const { gameId, depot, channel } = parseChannelTarget(target);
      const wanted = await chooseBuild(context, options, { gameId, depot });
      const channels = await signGame(context, gameId, (targets) => {
        const place = { gameId, depot };
        const build =
          typeof wanted === 'number'
            ? findVouchedBuild(targets, { ...place, buildId: wanted })
            : findChannelBuild(targets, { ...place, channel: wanted });
        if (build !== undefined) return withChannel(targets, channel, build);
        throw publisherErrors.error('CLI_BUILD_UNSIGNED', { ...place, build: wanted });
      });
      const result = channels.find((one) => one.depot === depot && one.channel === channel);
      if (result === undefined)
        throw publisherErrors.error('CLI_BUILD_NOT_FOUND', { gameId, depot, build: wanted });
      const { buildId, version } = result.build;
      context.output.result(
        result,
        `${gameId}/${depot}:${channel} now points to build ${buildId}${version === '' ? '' : ` (${version})`}.`,
      );
    },
  });
}

/** A build by its id, or the channel whose build is meant. What they hold is read from the record the publisher signed. */
async function chooseBuild(
  { api, signal }: CliContext,
  options: PromoteOptions,
  { gameId, depot }: { readonly gameId: string; readonly depot: Depot },
): Promise<number | string> {
  if (options.build !== undefined) {
    return readWholeNumber('--build', options.build, { min: 1, max: 2 ** 31 - 1 });
  }
  if (options.from !== undefined) return options.from;
  const { builds } = await api.builds({ params: { gameId }, query: { depot, limit: 1 } }, { signal });
  if (builds[0] === undefined) {
    throw publisherErrors.error('CLI_BUILD_NOT_FOUND', { gameId, depot, build: 'at all' });
  }
  return builds[0].buildId;
}
