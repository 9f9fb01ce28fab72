// The main job, end to end, without a window: publish, install, publish again, update by patch, verify, play, claim, cost.
// The last line is JSON. With --old and --new any two folders are the two builds.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../demo/commands.ts';
import { poll, type RunCommand, waitForPatch } from '../demo/patches.ts';
import { type Stage, startStage } from '../demo/stage.ts';
import { compareListings, listTree } from '../demo/tree-listing.ts';
import { generateSampleGame, samples } from '../samples/generate-samples.ts';

const LOG_TIMEOUT_MS = 60_000;
const PLAY_SECONDS = 3;
const gameId = 'smoke-test';

interface Builds {
  readonly target: string;
  readonly depot: string;
  readonly old: string;
  readonly new: string;
  /** The project file both pushes use. */
  readonly config: string;
}

const { values } = parseArgs({ options: { old: { type: 'string' }, new: { type: 'string' } } });
const folder = await mkdtemp(join(tmpdir(), 'gantry-smoke-'));
const stage = await step('Starting the service', async () =>
  startStage({ folder, port: 0, edgePort: 0, environment: { GANTRY_HEARTBEAT_SECONDS: '2' } }),
);
try {
  const summary = await run(stage, await provideBuilds());
  console.log(JSON.stringify(summary));
  process.exitCode = summary.ok ? 0 : 1;
} finally {
  await stage.stop();
  await rm(folder, { recursive: true, force: true });
}

/** The folders given, else the two builds of the sample game. */
async function provideBuilds(): Promise<Builds> {
  const config = join(folder, 'gantry.json');
  if (values.old !== undefined && values.new !== undefined) {
    const depot = hostDepot();
    const builds = {
      depot,
      target: `${gameId}/${depot}:stable`,
      old: resolve(values.old),
      new: resolve(values.new),
      config,
    };
    await writeProject(config, await findCommonFile(builds.old, builds.new));
    return builds;
  }
  if (values.old !== values.new) throw new Error('--old and --new belong together');
  const [game] = samples;
  if (game === undefined) throw new Error('there is no sample game');
  const builds = {
    depot: 'web',
    target: `${gameId}/web:stable`,
    old: join(folder, 'old'),
    new: join(folder, 'new'),
    config,
  };
  await step('Making two builds of the sample game', async () => {
    await generateSampleGame({ game: game.gameId, depot: 'web', version: 1, outDir: builds.old });
    await generateSampleGame({ game: game.gameId, depot: 'web', version: 2, outDir: builds.new });
  });
  await writeProject(config, 'index.html');
  return builds;
}

/** Playing is opening a file of the build: any will do, and no unknown program is run. */
async function writeProject(config: string, path: string): Promise<void> {
  await writeFile(config, JSON.stringify({ launch: [{ name: 'Open', kind: 'web', path }] }));
}

async function findCommonFile(oldRoot: string, newRoot: string): Promise<string> {
  const files = async (root: string) => {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  };
  const inNew = new Set(await files(newRoot));
  const common = (await files(oldRoot)).find((path) => inNew.has(path));
  if (common === undefined) throw new Error('the two folders have no file of the same name');
  return common;
}

async function run(stage: Stage, builds: Builds) {
  const { publisher, player } = stage;
  const gantry = async (...args: string[]) => await runCommand('gantry', args, publisher);
  const gantryPlayer = async (...args: string[]) => await runCommand('gantry-player', args, player);
  const install = join(folder, 'install');

  await step('Offering a quest', async () => {
    await gantry('game', 'set', gameId, '--title', 'Smoke test', '--access', 'free');
    await gantry(
      'quest',
      'create',
      gameId,
      'smoke-quest',
      '--play-seconds',
      String(PLAY_SECONDS),
      '--points',
      '50',
    );
  });
  await step('Pushing the first build', async () =>
    gantry('push', builds.old, builds.target, '--label', '1.0', '--config', builds.config),
  );
  const installed = await step('Installing it', async () =>
    gantryPlayer('install', gameId, '--channel', 'stable', '--dir', install),
  );
  const installDifferences = await step('Comparing every file', async () => compare(builds.old, install));

  const pushed = await step('Pushing the second build', async () =>
    gantry('push', builds.new, builds.target, '--label', '2.0', '--config', builds.config),
  );
  await step(
    'Waiting for the patch',
    async () => await waitForPatch(gantry, gameId, Number(pushed['buildId'])),
  );
  const updated = await step('Updating', async () => gantryPlayer('update', gameId));
  const updateDifferences = await step('Comparing every file', async () => compare(builds.new, install));
  const verified = await step('Verifying', async () => gantryPlayer('verify', gameId));

  await step('Playing', async () => gantryPlayer('play', gameId, '--seconds', String(PLAY_SECONDS + 1)));
  const quest = await readQuest(gantryPlayer);
  const receipt = await step('Claiming the reward', async () => gantryPlayer('claim', 'smoke-quest'));
  const downloadedBytes = Number(installed['downloadedBytes']) + Number(updated['downloadedBytes']);
  const costs = await step(
    'Reading the cost report',
    async () => await waitForCosts(gantry, downloadedBytes),
  );

  const differences = [...installDifferences, ...updateDifferences];
  for (const difference of differences.slice(0, 20)) console.error(`  differs: ${difference}`);
  const progress = quest.progressSeconds / quest.targetSeconds;
  return {
    ok:
      differences.length === 0 &&
      verified['damage'] === 0 &&
      progress >= 1 &&
      receipt['points'] === 50 &&
      Number(costs['usd']) > 0,
    install: pick(installed, 'bytes', 'downloadedBytes', 'seconds'),
    update: pick(updated, 'route', 'downloadedBytes', 'fullBytes', 'seconds'),
    verify: { damage: verified['damage'], files: verified['files'] },
    quest: { progress },
    reward: { claimed: receipt['points'] === 50, points: receipt['points'] },
    cost: pick(costs, 'bytes', 'usd'),
    differences: differences.length,
  };
}

/** Access logs arrive after the bytes; wait until every downloaded byte is accounted for. */
async function waitForCosts(gantry: RunCommand, downloadedBytes: number): Promise<Record<string, unknown>> {
  return await poll(LOG_TIMEOUT_MS, 'the access logs', async () => {
    const report = await gantry('costs', gameId);
    return Number(report['bytes']) >= downloadedBytes ? report : undefined;
  });
}

async function readQuest(
  gantryPlayer: RunCommand,
): Promise<{ progressSeconds: number; targetSeconds: number }> {
  const { quests } = (await gantryPlayer('quests')) as unknown as {
    quests: { questId: string; progressSeconds: number; targetSeconds: number }[];
  };
  const quest = quests.find((one) => one.questId === 'smoke-quest');
  if (quest === undefined) throw new Error('the quest is not listed');
  return quest;
}

async function compare(wanted: string, install: string): Promise<string[]> {
  return compareListings(await listTree(wanted), await listTree(install));
}

async function step<Value>(title: string, work: () => Promise<Value>): Promise<Value> {
  const started = performance.now();
  const value = await work();
  console.error(`${title} … ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return value;
}

function pick(values: Record<string, unknown>, ...names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function hostDepot(): string {
  if (process.platform === 'win32') return 'windows';
  return process.platform === 'darwin' ? 'macos' : 'linux';
}
