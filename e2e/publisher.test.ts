import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../build/demo/commands.ts';
import { expect, test } from './testing/bootstrap.ts';
import { runToFailure } from './testing/failures.ts';
import { copyTree, makeSmallBuilds } from './testing/trees.ts';
import { waitForPatch } from './testing/wait.ts';

const gameId = 'harbour-lights';
const target = `${gameId}/linux:stable`;
let folder: string;
let builds: { readonly old: string; readonly new: string };

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-publisher-'));
  builds = await makeSmallBuilds(folder);
});
test.afterAll(async () => await rm(folder, { recursive: true, force: true, maxRetries: 5 }));

test('a publisher pushes two builds, sees the update’s cost before, and what players cost after', async ({
  stage,
  player,
}) => {
  const gantry = async (...args: string[]) =>
    await runCommand('gantry', args, { ...stage.publisher, cwd: folder });

  const first = await test.step('the first push uploads the build', async () => {
    const pushed = await gantry('push', builds.old, target, '--label', '1.0');
    expect(pushed).toMatchObject({ gameId, depot: 'linux', channel: 'stable', version: '1.0' });
    expect(pushed['uploadedBytes']).toBeGreaterThan(1_000_000);
    await gantry('game', 'set', gameId, '--title', 'Harbour Lights', '--access', 'free');
    return pushed;
  });
  await test.step('the same push again uploads nothing', async () => {
    const again = await gantry('push', builds.old, target, '--label', '1.0');
    expect(again).toMatchObject({ uploadedBytes: 0 });
  });
  await test.step('the preview says what the update costs, and uploads nothing', async () => {
    const preview = await gantry('preview', builds.new, target);
    expect(JSON.stringify(preview)).toContain('usd');
    const { builds: known } = (await gantry('builds', gameId)) as { builds?: unknown[] };
    expect(known?.length).toBeGreaterThan(0);
  });
  await player.run('install', gameId, '--channel', 'stable');
  await test.step('the second build goes to beta and is promoted', async () => {
    const pushed = await gantry('push', builds.new, `${gameId}/linux:beta`, '--label', '1.1');
    expect(pushed['uploadedBytes']).toBeLessThan(Number(first['uploadedBytes']) / 4);
    await gantry('channel', 'promote', target, '--from', 'beta');
    const patch = await waitForPatch(stage, gameId, Number(pushed['buildId']));
    expect(patch.sizeBytes).toBeLessThan(200_000);
  });
  await player.run('update', gameId);
  await test.step('the cost report attributes every byte to its build, reason and route', async () => {
    await expect
      .poll(async () => JSON.stringify(await gantry('costs', gameId)), { timeout: 90_000 })
      .toMatch(/update/);
    const report = await gantry('costs', gameId);
    expect(Number(report['bytes'])).toBeGreaterThan(0);
    expect(Number(report['usd'])).toBeGreaterThan(0);
    const text = JSON.stringify(report);
    for (const word of ['"install"', '"update"', '"chunks"', '"patch"']) expect(text).toContain(word);
  });
  await test.step('the status shows database, storage and jobs', async () => {
    expect(JSON.stringify(await gantry('status'))).toMatch(/jobs/i);
  });
});

interface BadBuild {
  readonly title: string;
  readonly make: (build: string) => Promise<unknown>;
  readonly code: string;
  readonly exitCode: number;
}

const badBuilds: readonly BadBuild[] = [
  {
    title: 'names that differ only in case',
    make: async (build) => {
      await writeFile(join(build, 'data', 'World.pak'), 'another');
    },
    code: 'PATH_CASE_COLLISION',
    exitCode: 2,
  },
  {
    title: 'a link that leads out of the build',
    make: async (build) => await symlink('../../outside', join(build, 'way-out')),
    code: 'LINK_LEAVES_TREE',
    exitCode: 2,
  },
  {
    title: 'a name Windows reserves',
    make: async (build) => await writeFile(join(build, 'aux.txt'), 'reserved'),
    code: 'PATH_RESERVED_NAME',
    exitCode: 2,
  },
];

for (const { title, make, code, exitCode } of badBuilds) {
  test(`a push of ${title} is refused before anything is uploaded`, async ({ stage }) => {
    const build = await copyTree(builds.old, join(folder, code));
    await make(build);
    const failure = await runToFailure('gantry', ['push', build, `${gameId}/linux`], stage.publisher);
    expect(failure).toMatchObject({ code, exitCode });
    expect(failure.next).not.toBe('');
  });
}

test('a push of an empty or a missing folder says which it is', async ({ stage }) => {
  const empty = join(folder, 'empty');
  await mkdir(empty);
  const failures = await Promise.all(
    [empty, join(folder, 'not-there')].map(
      async (build) => await runToFailure('gantry', ['push', build, `${gameId}/linux`], stage.publisher),
    ),
  );
  expect(failures.map(({ code, exitCode }) => [code, exitCode])).toEqual([
    ['SCAN_EMPTY_TREE', 2],
    ['CLI_FOLDER_MISSING', 7],
  ]);
});

test('init writes a project file, and never over another one', async ({ stage }) => {
  const project = join(folder, 'project');
  await mkdir(project);
  const options = { ...stage.publisher, cwd: project };
  const { file } = await runCommand('gantry', ['init'], options);
  const written = JSON.parse(await readFile(String(file), 'utf8')) as Record<string, unknown>;
  expect(Object.keys(written)).toEqual(expect.arrayContaining(['launch', 'preserve', 'ignore']));
  expect(await runToFailure('gantry', ['init'], options)).toMatchObject({
    code: 'CLI_FILE_EXISTS',
    exitCode: 8,
  });
});

test('without signing in nothing can be pushed', async ({ stage }) => {
  const stranger = { home: join(folder, 'stranger') };
  await mkdir(stranger.home);
  const failure = await runToFailure('gantry', ['push', builds.old, target, '--server', stage.url], stranger);
  expect(failure).toMatchObject({ code: 'CLI_NOT_SIGNED_IN', exitCode: 3 });
});

test('a service that is down is named, with an exit code of its own', async ({ stage }) => {
  const unused = 'http://127.0.0.1:9';
  const failure = await runToFailure(
    'gantry',
    ['login', '--server', unused, '--email', 'ada@example.com', '--password-stdin'],
    { ...stage.publisher, home: join(folder, 'elsewhere'), input: 'a password of no use' },
  );
  expect(failure.exitCode).toBe(4);
  expect(failure.message).toContain(unused);
});
