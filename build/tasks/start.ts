// The main job, by hand: the service with a sample library, and the launcher signed in as a sample player.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCommand } from '../demo/commands.ts';
import { openLauncher } from '../demo/launcher.ts';
import { type RunCommand, waitForPatch } from '../demo/patches.ts';
import { publishSampleLibrary } from '../demo/sample-library.ts';
import { samplePlayer, type Stage, startStage } from '../demo/stage.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7420' },
    'edge-port': { type: 'string', default: '7421' },
    'launcher-port': { type: 'string', default: '7422' },
    data: { type: 'string', default: fileURLToPath(new URL('../../.gantry', import.meta.url)) },
  },
});

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const folder = values.data;
/** Written once the library is complete, so that a start that was stopped half-way begins it again. */
const publishedMark = join(folder, 'sample-library-signed');

say('Starting the service (Postgres, storage, CDN edge, jobs) …');
const stage = await startStage({ folder, port: Number(values.port), edgePort: Number(values['edge-port']) });
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
const stopped = Promise.race([
  interrupted.then(() => 'Stopping …'),
  stage.exited.then(() => 'The service has ended.'),
]);
try {
  if (existsSync(publishedMark) || (await isPrepared())) await run();
  else say('Stopping …  The next start begins the sample library again.');
} finally {
  await stage.stop();
}

async function run(): Promise<void> {
  const launcher = await openLauncher({ stage, port: Number(values['launcher-port']) });
  say(describe(stage, launcher.url));
  void launcher.exited.then(() => process.kill(process.pid, 'SIGTERM'));
  say(await stopped);
  await launcher.stop();
}

/** @returns False when it was interrupted: that ends the command under way as well, whose error says nothing then. */
function isPrepared(): Promise<boolean> {
  const prepared = prepareLibrary(stage).then(() => true);
  const isInterrupted = interrupted.then(() => false);
  return Promise.race([prepared, isInterrupted]);
}

/** Publish the games; leave one installed in its first build with the second one waiting as a patch. */
async function prepareLibrary({ url, publisher, player, folder: home }: Stage): Promise<void> {
  const published = await publishSampleLibrary({
    folder: join(home, 'samples'),
    server: url,
    publisher,
    say,
  });
  const [first] = published;
  if (first !== undefined) {
    const { game, buildIds } = first;
    say(`Installing ${game.title} ${game.versions[0].label} …`);
    await runCommand('gantry-player', ['install', game.gameId, '--channel', 'stable'], player);
    // So that its update can be seen and pressed; games update by themselves otherwise.
    await runCommand('gantry-player', ['policy', game.gameId, 'ask'], player);
    say(`Publishing ${game.title} ${game.versions[1].label} and making its patch …`);
    const gantry: RunCommand = async (...args) => await runCommand('gantry', args, publisher);
    await gantry('channel', 'promote', `${game.gameId}/web:stable`, '--from', 'beta');
    await waitForPatch(gantry, game.gameId, Math.max(...buildIds));
  }
  await writeFile(publishedMark, new Date().toISOString());
}

function describe({ url, edgeUrl }: Stage, launcherUrl: string | undefined): string {
  const lines = [
    '',
    '  Gantry is running.',
    '',
    ...(launcherUrl === undefined ? [] : [`  Launcher    ${launcherUrl}`]),
    `  Service     ${url}    API description at ${url}/docs`,
    `  CDN edge    ${edgeUrl}`,
    `  Player      ${samplePlayer.email}  (signed in)`,
    '',
    '  Press Ctrl-C to stop. The next start keeps everything.',
    '',
  ];
  return lines.join('\n');
}
