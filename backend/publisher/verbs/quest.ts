import { Command } from 'commander';
import type { CommonOptions } from '../command/context.ts';
import { readWholeNumber } from '../command/option-values.ts';
import { addVerb } from '../command/verb.ts';

interface CreateOptions extends CommonOptions {
  readonly title: string;
  readonly description: string;
  readonly playSeconds: string;
  readonly points: string;
}

export function registerQuest(program: Command): void {
  const quest = new Command('quest')
    .summary('offer quests to players')
    .description('Offer quests to players.');
  addVerb<CreateOptions>(quest, {
    name: 'create',
    summary: 'offer a quest',
    help: 'Play time is attested by the service; the reward is paid once to each player who claims it.',
    arguments: [
      ['<game>', 'the game’s id'],
      ['<quest>', 'an id for the quest'],
    ],
    options: [
      ['--title <text>', 'what players read', ''],
      ['--description <text>', 'one or two sentences', ''],
      ['--play-seconds <count>', 'seconds of play that complete it', '600'],
      ['--points <count>', 'the reward', '100'],
    ],
    examples: [
      'gantry quest create skyforge first-flight --title "First flight" --play-seconds 600 --points 100',
    ],
    run: async ({ api, output, signal }, options, gameId = '', questId = '') => {
      const made = await api.createQuest(
        {
          params: { gameId },
          body: {
            questId,
            title: options.title === '' ? questId : options.title,
            description: options.description,
            kind: 'play-time',
            targetSeconds: readWholeNumber('--play-seconds', options.playSeconds, {
              min: 1,
              max: 31_536_000,
            }),
            rewardPoints: readWholeNumber('--points', options.points, { min: 1, max: 1_000_000 }),
          },
        },
        { signal },
      );
      output.result(
        made,
        `Quest ${questId} of ${gameId} is open: ${made.targetSeconds} s of play for ${made.rewardPoints} points.`,
      );
    },
  });
  program.addCommand(quest);
}
