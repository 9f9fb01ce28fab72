import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../build/demo/commands.ts';
import { publishSample } from '../../build/demo/sample-library.ts';
import type { Stage } from '../../build/demo/stage.ts';
import { generateSampleGame, samples } from '../../build/samples/generate-samples.ts';

/** The game the journeys install, update and play; the smallest, so that its patch is soon made. */
export const journeyGame = { gameId: 'knotwork', title: 'Knotwork' } as const;
/** Finished by playing for a moment; every sample's own quests take longer. */
export const shortQuest = { questId: 'first-loop', title: 'First loop', playSeconds: 3, points: 40 } as const;

/** The sample games as published: where each build's folder is. */
export interface Shelf {
  readonly buildFolder: (gameId: string, version: 1 | 2) => string;
  /** Push a game's first build to another channel; @returns what `gantry push` printed. */
  readonly pushFirstBuild: (gameId: string, channel: string) => Promise<Record<string, unknown>>;
  /** The same of its second build, generated the first time. */
  readonly pushSecondBuild: (gameId: string, channel?: string) => Promise<Record<string, unknown>>;
}

/** Publish the first build of every sample game with the CLI, two at a time. */
export async function publishShelf(stage: Stage): Promise<Shelf> {
  const folder = join(stage.folder, 'shelf');
  const gantry = async (...args: string[]) => await runCommand('gantry', args, stage.publisher);
  const buildFolder = (gameId: string, version: 1 | 2) => join(folder, gameId, `web-${version}`);
  await mkdir(folder, { recursive: true });
  const publish = async (game: (typeof samples)[number]) =>
    await publishSample(game, {
      folder,
      server: stage.url,
      publisher: stage.publisher,
      say: () => undefined,
      versions: [1],
    });
  const waiting = [...samples];
  const publishNext = async (): Promise<void> => {
    for (let game = waiting.shift(); game !== undefined; game = waiting.shift()) await publish(game);
  };
  await Promise.all([publishNext(), publishNext()]);
  const { questId, title, playSeconds, points } = shortQuest;
  await gantry(
    'quest',
    'create',
    journeyGame.gameId,
    questId,
    '--title',
    title,
    '--description',
    'Draw one knot to its end.',
    '--play-seconds',
    String(playSeconds),
    '--points',
    String(points),
  );
  const push = async (gameId: string, version: 1 | 2, channel: string, ...about: string[]) => {
    const config = join(folder, gameId, 'gantry.json');
    const target = `${gameId}/web:${channel}`;
    return await gantry('push', buildFolder(gameId, version), target, '--config', config, ...about);
  };
  const labels = new Map<string, string>();
  return {
    buildFolder,
    pushFirstBuild: async (gameId, channel) => await push(gameId, 1, channel),
    pushSecondBuild: async (gameId, channel = 'stable') => {
      const options = { game: gameId, depot: 'web', version: 2, outDir: buildFolder(gameId, 2) } as const;
      const label = labels.get(gameId) ?? (await generateSampleGame(options)).label;
      labels.set(gameId, label);
      const notes = 'New levels and a calmer second act.';
      return await push(gameId, 2, channel, '--label', label, '--notes', notes);
    },
  };
}
