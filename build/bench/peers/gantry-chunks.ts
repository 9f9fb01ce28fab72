import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../demo/commands.ts';
import { type Stage, startStage } from '../../demo/stage.ts';
import { BenchProblem } from '../bench-problem.ts';
import { gantryCommand, projectFolder, readLastLine, readRevision } from './gantry.ts';
import type { Bout, Made, Peer } from './peer.ts';

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
  once: true,
  readVersion: readRevision,
  make: async (bout) => {
    const stage = await startStage({ folder: bout.scratch, port: 0, edgePort: 0 });
    try {
      return await pushBoth(stage, bout);
    } catch (error) {
      await stage.stop();
      throw error;
    }
  },
};

async function pushBoth({ publisher, player, stop }: Stage, bout: Bout): Promise<Made> {
  const { oldRoot, newRoot, scratch, changes, measure } = bout;
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
  const as = (home: string) => [`GANTRY_HOME=${home}`];
  const push = [gantryCommand, 'push', newRoot, `${depot}:next`, '--label', 'new', '--config', config];
  return {
    usage: await measure('env', [...as(publisher.home), ...push, '--json', '--quiet']),
    apply: async (outRoot) => {
      await runCommand('gantry-player', ['install', gameId, '--channel', 'stable', '--dir', outRoot], player);
      const update = [playerCommand, 'update', gameId, '--channel', 'next', '--json', '--quiet'];
      const usage = await measure('env', [...as(player.home), ...update]);
      const details = readLastLine(usage.stdout);
      return { usage, downloadBytes: Number(details['downloadedBytes']), details };
    },
    end: stop,
  };
}

function hostDepot(): string {
  if (process.platform === 'win32') return 'windows';
  return process.platform === 'darwin' ? 'macos' : 'linux';
}
