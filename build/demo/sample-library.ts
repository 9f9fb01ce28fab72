import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SampleGame, SampleVersion } from '../samples/sample-game.ts';
import { generateSampleGame, samples } from '../samples/generate-samples.ts';
import { type CommandOptions, runCommand } from './commands.ts';

export interface PublishOptions {
  /** Where builds and pictures are made; emptied first. */
  readonly folder: string;
  readonly server: string;
  readonly publisher: CommandOptions;
  readonly say: (text: string) => void;
  /** Which builds to push; both unless told otherwise. */
  readonly versions?: readonly SampleVersion[];
}

/** A sample game as published: both builds exist, the first is on `stable`, the second on `beta`. */
export interface PublishedGame {
  readonly game: SampleGame;
  readonly buildIds: readonly number[];
}

/** Make the sample games and publish them with the CLI, as their studio would. */
export async function publishSampleLibrary(options: PublishOptions): Promise<PublishedGame[]> {
  await rm(options.folder, { recursive: true, force: true });
  const published: PublishedGame[] = [];
  for (const game of samples) published.push(await publishSample(game, options));
  return published;
}

/** One game, into an existing folder. */
export async function publishSample(game: SampleGame, options: PublishOptions): Promise<PublishedGame> {
  const { folder, server, publisher, say } = options;
  const home = join(folder, game.gameId);
  await writeArt(game, join(home, 'art'));
  say(`Publishing ${game.title} …`);
  const gantry = async (...args: string[]): Promise<Record<string, unknown>> =>
    await runCommand('gantry', [...args, '--server', server], publisher);

  await gantry('game', 'set', game.gameId, ...profileOptions(game), '--art', join(home, 'art'));
  for (const quest of game.quests) {
    await gantry(
      'quest',
      'create',
      game.gameId,
      quest.questId,
      '--title',
      quest.title,
      '--description',
      quest.description,
      '--play-seconds',
      String(quest.playSeconds),
      '--points',
      String(quest.rewardPoints),
    );
  }
  await writeFile(join(home, 'gantry.json'), JSON.stringify(projectOf(game)));
  const buildIds: number[] = [];
  for (const version of options.versions ?? ([1, 2] as const)) {
    for (const { depot } of game.depots) {
      const outDir = join(home, `${depot}-${version}`);
      await generateSampleGame({ game: game.gameId, depot, version, outDir });
      const { label, changelog } = versionNotes(game, version);
      const channel = version === 1 ? 'stable' : 'beta';
      const pushed = await gantry(
        'push',
        outDir,
        `${game.gameId}/${depot}:${channel}`,
        '--config',
        join(home, 'gantry.json'),
        '--label',
        label,
        '--notes',
        changelog.join('\n'),
      );
      buildIds.push(Number(pushed['buildId']));
    }
  }
  return { game, buildIds };
}

function versionNotes(game: SampleGame, version: SampleVersion): SampleGame['versions'][number] {
  return version === 1 ? game.versions[0] : game.versions[1];
}

function profileOptions(game: SampleGame): string[] {
  return [
    ['--title', game.title],
    ['--studio', game.studio],
    ['--tagline', game.tagline],
    ['--description', game.description],
    ['--tags', game.tags.join(',')],
    ['--accent-colour', game.accentColour],
    ['--access', 'free'],
  ].flat();
}

/** The sample as its studio's project file describes it. */
function projectOf(game: SampleGame): unknown {
  const launch = game.depots.map(({ depot, launchTargets }) => [
    depot,
    launchTargets.map(({ title, kind, path, arguments: args }) => ({
      name: title,
      kind: kind === 'native' ? 'executable' : kind,
      path,
      arguments: args,
    })),
  ]);
  return {
    launch: Object.fromEntries(launch),
    preserve: [...new Set(game.depots.flatMap(({ preserve }) => preserve))],
  };
}

async function writeArt({ art }: SampleGame, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const pictures = [
    ['cover', art.cover],
    ['hero', art.hero],
    ['icon', art.icon],
    ...art.screenshots.slice(0, 3).map((picture, at) => [`screenshot-${at + 1}`, picture]),
  ];
  for (const [name, picture] of pictures) await writeFile(join(folder, `${name}.svg`), picture ?? '');
}
