import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../demo/commands.ts';
import { type Stage, startStage } from '../../demo/stage.ts';
import { BenchProblem } from '../bench-problem.ts';
import { gantryCommand, projectFolder, readLastLine, readRevision } from './gantry.ts';
import type { Bout, Outcome, Peer } from './peer.ts';

const gameId = 'bench';
const playerCommand = join(projectFolder, 'node_modules', '.bin', 'gantry-player');

/**
 * The route that needs no patch: push both builds to a real service, install the old one, and update it by the chunks it
 * lacks. The new build goes to a channel of its own, which had no build to make a patch from.
 */
export const gantryChunks: Peer = {
  id: 'gantry-chunks',
  label: 'Gantry chunks',
  kind: 'ours',
  programs: [],
  readVersion: readRevision,
  run: async (bout) => {
    const stage = await startStage({ folder: bout.scratch, port: 0, edgePort: 0 });
    try {
      return await updateByChunks(stage, bout);
    } finally {
      await stage.stop();
    }
  },
};

async function updateByChunks({ publisher, player }: Stage, bout: Bout): Promise<Outcome> {
  const { oldRoot, newRoot, outRoot, scratch, changes, measure } = bout;
  const config = join(scratch, 'gantry.json');
  const path = [...changes.changed, ...changes.unchanged][0]?.path;
  if (path === undefined)
    throw new BenchProblem('The two trees have no file of the same name.', 'Take another pair.');
  await writeFile(config, JSON.stringify({ launch: [{ name: 'Open', kind: 'web', path }] }));
  const depot = `${gameId}/${hostDepot()}`;
  await runCommand('gantry', ['game', 'set', gameId, '--title', 'Bench', '--access', 'free'], publisher);
  await runCommand(
    'gantry',
    ['push', oldRoot, `${depot}:stable`, '--label', 'old', '--config', config],
    publisher,
  );
  await runCommand('gantry-player', ['install', gameId, '--channel', 'stable', '--dir', outRoot], player);

  const as = (home: string) => [`GANTRY_HOME=${home}`];
  const push = [gantryCommand, 'push', newRoot, `${depot}:next`, '--label', 'new', '--config', config];
  const diff = await measure('env', [...as(publisher.home), ...push, '--json', '--quiet']);
  const update = [playerCommand, 'update', gameId, '--channel', 'next', '--json', '--quiet'];
  const apply = await measure('env', [...as(player.home), ...update]);
  const details = readLastLine(apply.stdout);
  return { downloadBytes: Number(details['downloadedBytes']), diff, apply, details: { apply: details } };
}

function hostDepot(): string {
  if (process.platform === 'win32') return 'windows';
  return process.platform === 'darwin' ? 'macos' : 'linux';
}
