import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectReference } from '../download/object-fetcher.ts';
import { serializeManifest } from '../formats/manifest-format.ts';
import { compareTrees } from '../testing/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../testing/game-on-cdn.ts';
import { FAULT_BODIES } from '../testing/object-server.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { removeTree } from '../testing/remove-tree.ts';
import { evolveFakeBuild, type FakeNode, makeFakeBuild } from '../testing/tree-builder.ts';
import {
  adoptFolder,
  discardStaging,
  type InstallOutcome,
  installBuild,
  planAdoption,
  planBuildJob,
  preloadBuild,
  readInstallState,
  repairInstall,
  uninstall,
  updateBuild,
  verifyInstall,
} from './install.ts';
import type { InstallProgress } from './progress.ts';
import { stateFolderOf } from './state-folder.ts';

let shared: string;
let scratch: string;
let game: GameOnCdn;
let root: string;
/** Published once: two versions of a game of all shapes, and of one of a few files. */
let one: PublishedBuild;
let two: PublishedBuild;
let patch: ObjectReference;
let small: PublishedBuild;

beforeAll(async () => {
  shared = await mkdtemp(path.join(tmpdir(), 'gantry-install-'));
  game = await GameOnCdn.start(shared);
  const first = makeFakeBuild({ seed: 1, packBytes: 400_000, assets: 12 });
  one = await game.publish(first);
  two = await game.publish(evolveFakeBuild(first, 2));
  patch = await game.publishPatch(one, two);
  small = await game.publish(base);
});
afterAll(async () => {
  await game.close();
  await removeTree(shared);
});
beforeEach(async () => {
  game.server.fault = () => undefined;
  game.server.delayMs = 0;
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-install-'));
  root = path.join(scratch, 'install');
});
afterEach(() => removeTree(scratch));

async function differences(build: PublishedBuild, installed = root): Promise<string[]> {
  return await compareTrees(build.root, installed);
}

function file(text: string, mode = 0o644): FakeNode {
  return { kind: 'file', bytes: Buffer.from(text), mode };
}

function doneOf(outcome: InstallOutcome): Extract<InstallOutcome, { kind: 'done' }> {
  if (outcome.kind !== 'done') throw new Error('the job was cancelled');
  return outcome;
}

const base = new Map<string, FakeNode>([
  ['bin/game', file('program 1', 0o755)],
  ['bin/lib.so', file('library '.repeat(2000))],
  ['data/a.txt', file('alpha '.repeat(3000))],
  ['data/b.txt', file('beta '.repeat(3000))],
  ['link', { kind: 'link', target: 'bin/game' }],
  ['empty', { kind: 'directory', mode: 0o755 }],
]);

function changed(...changes: [string, FakeNode | undefined][]): Map<string, FakeNode> {
  const build = new Map(base);
  for (const [treePath, node] of changes) {
    if (node === undefined) build.delete(treePath);
    else build.set(treePath, node);
  }
  return build;
}

const scenarios: [string, Map<string, FakeNode>][] = [
  ['nothing changed', base],
  ['one file changed', changed(['data/a.txt', file('alpha 2 '.repeat(3000))])],
  ['a file became empty', changed(['data/a.txt', file('')])],
  ['a file moved', changed(['data/b.txt', undefined], ['moved/deep/b.txt', file('beta '.repeat(3000))])],
  [
    'two files swapped',
    changed(['data/a.txt', file('beta '.repeat(3000))], ['data/b.txt', file('alpha '.repeat(3000))]),
  ],
  ['only a mode changed', changed(['bin/lib.so', file('library '.repeat(2000), 0o755)])],
  ['a file became a folder', changed(['data/a.txt', undefined], ['data/a.txt/inner', file('inner')])],
  [
    'a folder became a file',
    changed(['data/a.txt', undefined], ['data/b.txt', undefined], ['data', file('flat')]),
  ],
  ['a link became a folder', changed(['link', undefined], ['link/inner', file('inner')])],
  ['a file became a link', changed(['data/a.txt', { kind: 'link', target: 'b.txt' }])],
  ['a link points elsewhere', changed(['link', { kind: 'link', target: 'data/a.txt' }])],
  [
    'only the case of a name changed',
    changed(['data/a.txt', undefined], ['data/A.txt', file('alpha '.repeat(3000))]),
  ],
  ['folders come and go', changed(['empty', undefined], ['fresh/empty', { kind: 'directory', mode: 0o700 }])],
  [
    'a folder that forbids writing',
    changed(['locked', { kind: 'directory', mode: 0o555 }], ['locked/x', file('x', 0o444)]),
  ],
  ['everything replaced', new Map<string, FakeNode>([['other', file('only this')]])],
];

describe('scenarios, forward and back', () => {
  test.each(scenarios)('%s', async (_name, next) => {
    const one = small;
    const two = await game.publish(next);
    const there = await game.publishPatch(one, two);
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    expect(await differences(one)).toEqual([]);
    await updateBuild({ ...job, build: two.reference, patches: [there] });
    expect(await differences(two)).toEqual([]);
    await updateBuild({ ...job, build: one.reference });
    expect(await differences(one)).toEqual([]);
    expect(await verifyInstall({ root })).toMatchObject({ damage: [], unknown: [] });
    expect((await readdir(stateFolderOf(root).staging)).length).toBe(0);
    expect((await readdir(stateFolderOf(root).aside)).length).toBe(0);
  });
});

describe('installBuild', () => {
  test('updates a whole game by patch at fewer bytes than by chunks, and reports what it did', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const byChunks = await planBuildJob({ ...job, build: two.reference });
    const seen: InstallProgress[] = [];
    const outcome = doneOf(
      await updateBuild({
        ...job,
        build: two.reference,
        patches: [patch],
        onProgress: (progress) => seen.push(progress),
      }),
    );
    expect(outcome.route).toBe('patch');
    expect(outcome.figures.downloadBytes).toBeLessThan(byChunks.figures.downloadBytes);
    expect(seen.at(-1)).toMatchObject({ phase: 'committing' });
    expect(seen.at(-1)?.writtenBytes).toBe(outcome.figures.writeBytes);
    expect(await differences(two)).toEqual([]);
  });

  test('never opens unchanged files for writing', async () => {
    const one = small;
    const two = await game.publish(changed(['data/a.txt', file('alpha 2')]));
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const before = await lstat(path.join(root, 'bin/lib.so'), { bigint: true });
    await updateBuild({ ...job, build: two.reference });
    const after = await lstat(path.join(root, 'bin/lib.so'), { bigint: true });
    expect([after.ino, after.mtimeNs, after.ctimeNs]).toEqual([before.ino, before.mtimeNs, before.ctimeNs]);
  });

  test('gets modes right whatever the umask', async () => {
    const one = await game.publish(
      changed(['open', file('all may write', 0o666)], ['wide', { kind: 'directory', mode: 0o777 }]),
    );
    const umask = process.umask(0o077);
    try {
      await installBuild({ root, ports: game.ports, build: one.reference });
    } finally {
      process.umask(umask);
    }
    expect(await differences(one)).toEqual([]);
  });

  test('pauses as an outcome, keeps the old build playable, and does not fetch again what it has', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    game.server.delayMs = 5;
    const stop = new AbortController();
    const sentBefore = game.server.sentBytes;
    const outcome = await updateBuild({
      ...job,
      build: two.reference,
      signal: stop.signal,
      onProgress: ({ downloadedBytes }) => downloadedBytes > 1e5 && stop.abort(),
    });
    expect(outcome.kind).toBe('cancelled');
    expect(await differences(one)).toEqual([]);
    expect(await readInstallState(root)).toMatchObject({
      installed: { buildId: one.reference.buildId },
      pending: { build: { buildId: two.reference.buildId } },
    });
    game.server.delayMs = 0;
    const planned = await planBuildJob({ ...job, build: two.reference });
    const resumed = doneOf(await updateBuild({ ...job, build: two.reference }));
    expect(resumed.figures.downloadBytes).toBe(planned.figures.downloadBytes);
    expect(await differences(two)).toEqual([]);
    const full = (await planBuildJob({ ...job, build: one.reference })).figures.fullDownloadBytes;
    expect(full).toBeGreaterThan(0);
    // What the two runs fetched together exceeds one run by less than what was on its way in four streams.
    const fetched = game.server.sentBytes - sentBefore;
    const needed = resumed.figures.downloadBytes + 100_000;
    expect(fetched).toBeLessThan(needed + 4 * 32_768 * 2 + 400_000);
  });

  test('forgets a stopped job when told to', async () => {
    const stop = new AbortController();
    game.server.delayMs = 5;
    await installBuild({
      root,
      ports: game.ports,
      build: one.reference,
      signal: stop.signal,
      onProgress: ({ writtenBytes }) => writtenBytes > 5e4 && stop.abort(),
    });
    expect((await readdir(stateFolderOf(root).staging)).length).toBeGreaterThan(0);
    await discardStaging(root);
    expect((await readdir(stateFolderOf(root).staging)).length).toBe(0);
    expect(await readInstallState(root)).toEqual({
      installed: null,
      playable: false,
      pending: null,
      moving: null,
      previous: null,
    });
  });

  test('switches to another build when a stopped job was for an earlier one', async () => {
    const stop = new AbortController();
    game.server.delayMs = 5;
    const onProgress = ({ writtenBytes }: InstallProgress) => writtenBytes > 50_000 && stop.abort();
    await installBuild({ root, ports: game.ports, build: one.reference, signal: stop.signal, onProgress });
    game.server.delayMs = 0;
    await installBuild({ root, ports: game.ports, build: two.reference });
    expect(await differences(two)).toEqual([]);
  });

  test('keeps the player’s files: preserved ones, unknown ones, folders that hold them', async () => {
    const preserve = ['saves/**', 'settings.ini'];
    const withSaves = changed(['settings.ini', file('volume=5')], ['saves/default.sav', file('new game')]);
    const one = await game.publish(withSaves, { preserve });
    const later = new Map(withSaves).set('settings.ini', file('volume=7'));
    later.delete('data/a.txt');
    later.delete('data/b.txt');
    later.delete('saves/default.sav');
    const two = await game.publish(later, { preserve });
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    await writeFile(path.join(root, 'settings.ini'), 'volume=0');
    await writeFile(path.join(root, 'saves/default.sav'), 'level 99');
    await writeFile(path.join(root, 'data/my-mod.pak'), 'mine');
    expect((await verifyInstall({ root })).damage).toEqual([]);
    await updateBuild({ ...job, build: two.reference });
    const read = (treePath: string) => readFile(path.join(root, treePath), 'utf8');
    expect(await read('settings.ini')).toBe('volume=0');
    expect(await read('saves/default.sav')).toBe('level 99');
    expect(await read('data/my-mod.pak')).toBe('mine');
    await repairInstall(job);
    expect(await read('settings.ini')).toBe('volume=0');
    await uninstall({ root });
    expect((await readdir(root, { recursive: true })).sort()).toEqual(
      ['data', 'data/my-mod.pak', 'saves', 'saves/default.sav', 'settings.ini'].sort(),
    );
  });

  test('leaves nothing behind after an uninstall', async () => {
    await installBuild({ root, ports: game.ports, build: one.reference });
    await uninstall({ root });
    await expect(lstat(root)).rejects.toMatchObject({ code: 'ENOENT' });
    await uninstall({ root });
  });

  test('lets exactly one writer work', async () => {
    game.server.delayMs = 3;
    const results = await Promise.allSettled(
      Array.from({ length: 3 }, () => installBuild({ root, ports: game.ports, build: one.reference })),
    );
    const codes = results
      .map((result) => (result.status === 'fulfilled' ? 'done' : result.reason.code))
      .sort();
    expect(codes).toEqual(['INSTALL_LOCKED', 'INSTALL_LOCKED', 'done']);
    expect(await differences(one)).toEqual([]);
  });

  test('needs a build to update, verify or repair', async () => {
    const one = small;
    const job = { root, ports: game.ports };
    await expect(updateBuild({ ...job, build: one.reference })).rejects.toMatchObject({
      code: 'INSTALL_ABSENT',
    });
    await expect(verifyInstall({ root })).rejects.toMatchObject({ code: 'INSTALL_ABSENT' });
    await expect(repairInstall(job)).rejects.toMatchObject({ code: 'INSTALL_ABSENT' });
    await expect(lstat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('preloadBuild', () => {
  test('leaves the old build playable, and is committed later without the network', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const staged = await preloadBuild({ ...job, build: two.reference, patches: [patch], keepReplaced: true });
    expect(staged.kind).toBe('staged');
    expect(await differences(one)).toEqual([]);
    expect(await readInstallState(root)).toMatchObject({ playable: true, pending: { state: 'verified' } });
    expect((await preloadBuild({ ...job, build: two.reference })).kind).toBe('staged');
    const before = game.server.requests.length;
    game.server.fault = () => ({ kind: 'reset' });
    const outcome = doneOf(await installBuild({ ...job, build: two.reference, patches: [patch] }));
    expect([outcome.requests, game.server.requests.length]).toEqual([0, before]);
    expect(await differences(two)).toEqual([]);
    expect((await readInstallState(root)).previous?.build.buildId).toBe(one.reference.buildId);
  });

  test('is void when another build is installed', async () => {
    const job = { root, ports: game.ports };
    await preloadBuild({ ...job, build: two.reference });
    expect(await readdir(root)).toEqual([]);
    await installBuild({ ...job, build: one.reference });
    expect(await differences(one)).toEqual([]);
    expect((await readInstallState(root)).pending).toBeNull();
  });
});

describe('a hostile or failing network', () => {
  test('is survived: flips, cuts, whole objects, resets, expired grants', async () => {
    const faults = ['corrupt', 'truncate', 'whole', 'reset', 'wrong-range'] as const;
    game.server.fault = ({ index, path: objectPath }) => {
      if (!objectPath.startsWith('packs/') || index % 2 === 1) return undefined;
      const kind = faults[(index / 2) % faults.length];
      if (index === 6) game.server.expireGrants();
      if (kind === 'corrupt') return { kind, at: 5000 * index + 17 };
      if (kind === 'truncate') return { kind, afterBytes: 100_000 };
      return kind === undefined ? undefined : { kind };
    };
    await installBuild({ root, ports: game.ports, build: one.reference });
    expect(await differences(one)).toEqual([]);
  });

  test.each([
    ['an HTML page', { kind: 'status', status: 200, body: FAULT_BODIES.html }, 'DOWNLOAD_CAPTIVE_PORTAL'],
    [
      'a pack that is gone',
      { kind: 'status', status: 403, body: FAULT_BODIES.originDenied },
      'DOWNLOAD_OBJECT_MISSING',
    ],
    ['a refused grant', { kind: 'status', status: 403, body: FAULT_BODIES.accessDenied }, 'DOWNLOAD_REFUSED'],
    ['bytes that stay wrong', { kind: 'corrupt', at: 40 }, 'DOWNLOAD_CORRUPT'],
  ] as const)('ends typed, with the old build as it was: %s', async (_name, fault, code) => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const begin = game.server.requests.length;
    game.server.fault = ({ path: objectPath }) => (objectPath.startsWith('packs/') ? fault : undefined);
    await expect(updateBuild({ ...job, build: two.reference })).rejects.toMatchObject({ code });
    expect(game.server.requests.length - begin).toBeLessThan(60);
    expect(await differences(one)).toEqual([]);
    game.server.fault = () => undefined;
    await updateBuild({ ...job, build: two.reference });
    expect(await differences(two)).toEqual([]);
  });

  test('falls back to chunks when a patch is missing, damaged, or its old files were changed', async () => {
    const bytes = game.object(patch.path);
    const job = { root, ports: game.ports, build: two.reference, patches: [patch] };
    const spoilt = Uint8Array.from(bytes);
    for (let at = 70_000; at < spoilt.length; at += 1000) spoilt[at] = 1 + (spoilt[at] as number);
    for (const served of [undefined, spoilt, bytes.subarray(0, bytes.length - 9)]) {
      game.replaceObject(patch.path, served);
      await installBuild({ ...job, build: one.reference, patches: [] });
      await updateBuild(job);
      expect(await differences(two)).toEqual([]);
    }
    game.replaceObject(patch.path, bytes);
    await installBuild({ ...job, build: one.reference, patches: [] });
    // Same length, other bytes: only using it as a source can tell.
    const old = await readFile(path.join(root, 'data/big.pak'));
    old.fill(0, 100_000, 160_000);
    await writeFile(path.join(root, 'data/big.pak'), old);
    await updateBuild(job);
    expect(await differences(two)).toEqual([]);
  });
});

describe('what is never done', () => {
  test('nothing outside the root changes; a link planted for a folder is refused', async () => {
    const canary = path.join(scratch, 'canary');
    await cp(one.root, canary, { recursive: true, verbatimSymlinks: true });
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    await rename(path.join(root, 'data'), path.join(root, 'data-moved'));
    await symlink(path.join(canary, 'data'), path.join(root, 'data'));
    await expect(updateBuild({ ...job, build: two.reference })).rejects.toMatchObject({
      code: 'INSTALL_PATH_UNSAFE',
    });
    await expect(repairInstall(job)).rejects.toMatchObject({ code: 'INSTALL_PATH_UNSAFE' });
    await uninstall({ root });
    expect(await compareTrees(one.root, canary)).toEqual([]);
  });

  test('a link planted for a file is replaced, not followed', async () => {
    const one = small;
    const two = await game.publish(changed(['data/a.txt', file('alpha 2')]));
    const outside = path.join(scratch, 'outside.txt');
    await writeFile(outside, 'mine');
    await installBuild({ root, ports: game.ports, build: one.reference });
    await rm(path.join(root, 'data/a.txt'));
    await symlink(outside, path.join(root, 'data/a.txt'));
    await updateBuild({ root, ports: game.ports, build: two.reference });
    expect(await readFile(outside, 'utf8')).toBe('mine');
    expect(await differences(two)).toEqual([]);
  });

  test.each(['whole', 'low-space'] as const)(
    'a folder of the player’s in the way of a file is put beside it with all in it (%s)',
    async (diskMode) => {
      const one = small;
      const two = await game.publish(changed(['mods', file('a file now')]));
      const job = { root, ports: game.ports };
      await installBuild({ ...job, build: one.reference });
      await mkdir(path.join(root, 'mods'));
      await writeFile(path.join(root, 'mods/mine'), 'mine');
      const update = { ...job, build: two.reference, diskMode };
      await writeFile(path.join(root, 'mods.yours'), 'taken');
      const { rescued } = doneOf(await updateBuild(update));
      expect(rescued).toEqual([{ path: 'mods', to: 'mods.yours-2' }]);
      expect(await readFile(path.join(root, 'mods.yours-2/mine'), 'utf8')).toBe('mine');
      expect(await differences(two)).toEqual(
        ['mods.yours-2/mine', 'mods.yours-2', 'mods.yours'].map((at) => `${at}: only in the second tree`),
      );
    },
  );

  test.each(['whole', 'low-space'] as const)(
    'a file of the player’s in the place of a folder is put beside it, by update (%s) and repair',
    async (diskMode) => {
      const two = await game.publish(changed(['mods/new', file('new')], ['data/b.txt', file('beta 2')]));
      const job = { root, ports: game.ports };
      await installBuild({ ...job, build: small.reference });
      await writeFile(path.join(root, 'mods'), 'my mods');
      await rm(path.join(root, 'data'), { recursive: true });
      await writeFile(path.join(root, 'data'), 'my data');
      const { rescued } = doneOf(await updateBuild({ ...job, build: two.reference, diskMode }));
      expect(rescued).toEqual(['data', 'mods'].map((at) => ({ path: at, to: `${at}.yours` })));
      await rm(path.join(root, 'data'), { recursive: true });
      await writeFile(path.join(root, 'data'), 'my data again');
      const { outcome } = await repairInstall(job);
      expect(doneOf(outcome).rescued).toEqual([{ path: 'data', to: 'data.yours-2' }]);
      const kept = ['data.yours', 'data.yours-2', 'mods.yours'];
      expect(await Promise.all(kept.map((at) => readFile(path.join(root, at), 'utf8')))).toEqual([
        'my data',
        'my data again',
        'my mods',
      ]);
      expect(new Set(await differences(two))).toEqual(
        new Set(kept.map((at) => `${at}: only in the second tree`)),
      );
    },
  );

  test.each(['whole', 'low-space'] as const)(
    'a file of the player’s where an old folder was is none of the build’s, whatever comes there (%s)',
    async (diskMode) => {
      const without = (...more: [string, FakeNode][]) =>
        changed(['data/a.txt', undefined], ['data/b.txt', undefined], ...more);
      const job = { root, ports: game.ports };
      await installBuild({ ...job, build: small.reference });
      await rm(path.join(root, 'data'), { recursive: true });
      await writeFile(path.join(root, 'data'), 'mine');
      const gone = doneOf(
        await updateBuild({ ...job, build: (await game.publish(without())).reference, diskMode }),
      );
      expect(gone.rescued).toEqual([]);
      expect(await readFile(path.join(root, 'data'), 'utf8')).toBe('mine');
      await rm(path.join(root, 'data'));
      await updateBuild({ ...job, build: small.reference });
      await rm(path.join(root, 'data'), { recursive: true });
      await writeFile(path.join(root, 'data'), 'mine');
      const flat = await game.publish(without(['data', file('flat')]));
      const { rescued } = doneOf(await updateBuild({ ...job, build: flat.reference, diskMode }));
      expect(rescued).toEqual([{ path: 'data', to: 'data.yours' }]);
      expect(await readFile(path.join(root, 'data.yours'), 'utf8')).toBe('mine');
      expect(await differences(flat)).toEqual(['data.yours: only in the second tree']);
    },
  );

  test.each(['whole', 'low-space'] as const)(
    'old files go and only the player’s stay where a folder of both becomes a file (%s)',
    async (diskMode) => {
      const next = changed(['data/a.txt', undefined], ['data/b.txt', undefined], ['data', file('flat')]);
      const two = await game.publish(next);
      await installBuild({ root, ports: game.ports, build: small.reference });
      await writeFile(path.join(root, 'data/my-mod.pak'), 'mine');
      const update = { root, ports: game.ports, build: two.reference, diskMode };
      const { rescued } = doneOf(await updateBuild(update));
      expect(rescued).toEqual([{ path: 'data', to: 'data.yours' }]);
      expect(await readdir(path.join(root, 'data.yours'))).toEqual(['my-mod.pak']);
      expect(await readFile(path.join(root, 'data'), 'utf8')).toBe('flat');
    },
  );

  test('empty folders make way for a file', async () => {
    await installBuild({ root, ports: game.ports, build: small.reference });
    await rm(path.join(root, 'data/a.txt'));
    await mkdir(path.join(root, 'data/a.txt/deep/deeper'), { recursive: true });
    const { outcome } = await repairInstall({ root, ports: game.ports });
    expect(doneOf(outcome).rescued).toEqual([]);
    expect(await differences(small)).toEqual([]);
  });

  test('a manifest that lies about a file is never committed', async () => {
    const entries = one.manifest.entries.map((entry) =>
      entry.kind === 'file' && entry.chunks.length > 1
        ? { ...entry, chunks: entry.chunks, sha256: one.reference.manifest.sha256 as never }
        : entry,
    );
    const manifest = game.addManifest(serializeManifest({ ...one.manifest, entries }));
    const build = { ...one.reference, manifest };
    await expect(installBuild({ root, ports: game.ports, build })).rejects.toMatchObject({
      code: 'INSTALL_CONTENT_MISMATCH',
    });
    expect(await readdir(root)).toEqual([]);
  });

  test('a manifest that is not what it is named by, or is no manifest, is refused', async () => {
    const one = small;
    const { manifest } = one.reference;
    const job = { root, ports: game.ports };
    const right = game.object(manifest.path);
    game.replaceObject(manifest.path, Uint8Array.from(game.object(manifest.path)).fill(9, 30, 40));
    await expect(installBuild({ ...job, build: one.reference })).rejects.toMatchObject({
      code: 'DOWNLOAD_CORRUPT',
    });
    game.replaceObject(manifest.path, right);
    const nonsense = game.addManifest(Buffer.from('not a manifest at all'));
    const installing = installBuild({ ...job, build: { ...one.reference, manifest: nonsense } });
    await expect(installing).rejects.toMatchObject({ family: 'format' });
  });
});

describe('verifyInstall and repairInstall', () => {
  test('find every kind of damage, and fetch only the damaged chunks', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const at = (treePath: string) => path.join(root, treePath);
    const pak = await readFile(at('data/big.pak'));
    pak[200_000] = (pak[200_000] as number) ^ 1;
    await writeFile(at('data/big.pak'), pak);
    await truncate(at('lib/1.0/engine.so'), 500_000);
    await writeFile(at('data/zeros.bin'), 'x', { flag: 'a' });
    await rm(at('game'));
    await chmod(at('data/one-byte'), 0o644);
    await rm(at('run'));
    await symlink('data/one-byte', at('run'));
    await writeFile(at('unknown.txt'), 'mine');
    await rm(at('data/saves'), { recursive: true });
    const report = await verifyInstall({ root });
    expect(new Set(report.damage.map(({ kind, path: treePath }) => `${kind} ${treePath}`))).toEqual(
      new Set([
        'range data/big.pak',
        'range lib/1.0/engine.so',
        'too-long data/zeros.bin',
        'missing game',
        'mode data/one-byte',
        'link run',
        'missing data/saves',
      ]),
    );
    expect(report.unknown).toEqual(['unknown.txt']);
    const damaged = report.damage.find(({ path: treePath }) => treePath === 'data/big.pak');
    expect(damaged).toMatchObject({ kind: 'range' });
    const { outcome } = await repairInstall(job);
    expect(doneOf(outcome).figures.downloadBytes).toBeLessThan(700_000);
    expect(await differences(one)).toEqual(['unknown.txt: only in the second tree']);
    expect((await verifyInstall({ root })).damage).toEqual([]);
  });

  test('fetch nothing when one bit is wrong but one chunk', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const pak = await readFile(path.join(root, 'data/big.pak'));
    pak[5] = (pak[5] as number) ^ 128;
    await writeFile(path.join(root, 'data/big.pak'), pak);
    const { outcome, report } = await repairInstall(job);
    expect(report.damage).toHaveLength(1);
    expect(doneOf(outcome)).toMatchObject({ requests: 1 });
    expect(doneOf(outcome).downloadedBytes).toBeLessThan(40_000);
    expect(await differences(one)).toEqual([]);
  });

  test('fetch no byte between damaged chunks, however near they lie', async () => {
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const { entries, chunks } = one.manifest;
    const big = entries.find(({ path: treePath }) => treePath === 'data/big.pak');
    if (big?.kind !== 'file') throw new Error('the build has no such file');
    const pak = await readFile(path.join(root, big.path));
    let neededBytes = 0;
    let offset = 0;
    big.chunks.forEach((row, index) => {
      if (index % 2 === 0) {
        pak[offset] = (pak[offset] as number) ^ 1;
        neededBytes += chunks.packedBytes[row] as number;
      }
      offset += chunks.sizeBytes[row] as number;
    });
    await writeFile(path.join(root, big.path), pak);
    const { outcome } = await repairInstall(job);
    expect(doneOf(outcome).downloadedBytes).toBe(neededBytes);
    expect(doneOf(outcome).figures.downloadBytes).toBe(neededBytes);
    expect(await differences(one)).toEqual([]);
  });
});

describe('adoptFolder', () => {
  test('makes an install of another version’s folder, fetching only what it lacks, and keeps other files', async () => {
    const next = await game.publish(
      changed(
        ['data/a.txt', undefined],
        ['data/a.txt/inner', file('alpha '.repeat(3000))],
        ['new', file('new')],
      ),
    );
    await cp(small.root, root, { recursive: true, verbatimSymlinks: true });
    await writeFile(path.join(root, 'screenshot.png'), 'mine');
    const outcome = doneOf(await adoptFolder({ root, ports: game.ports, build: next.reference }));
    expect(outcome.requests).toBe(2);
    // Of an older version, but nothing says that it is not the player's.
    expect(outcome.rescued).toEqual([{ path: 'data/a.txt', to: 'data/a.txt.yours' }]);
    expect((await differences(next)).sort()).toEqual(
      ['data/a.txt.yours', 'screenshot.png'].map((at) => `${at}: only in the second tree`),
    );
    expect((await verifyInstall({ root })).damage).toEqual([]);
  });

  test.each(['whole', 'low-space'] as const)(
    'puts files and links of the player’s aside where the build needs folders (%s)',
    async (diskMode) => {
      await mkdir(root);
      await writeFile(path.join(root, 'data'), 'mine');
      await symlink('data', path.join(root, 'bin'));
      await writeFile(path.join(root, 'bin.yours'), 'taken');
      const job = { root, ports: game.ports, build: small.reference, diskMode };
      const { rescued } = doneOf(await adoptFolder(job));
      expect(rescued).toEqual([
        { path: 'bin', to: 'bin.yours-2' },
        { path: 'data', to: 'data.yours' },
      ]);
      expect(await readFile(path.join(root, 'data.yours'), 'utf8')).toBe('mine');
      expect(await readlink(path.join(root, 'bin.yours-2'))).toBe('data');
      expect(new Set(await differences(small))).toEqual(
        new Set(['bin.yours', 'bin.yours-2', 'data.yours'].map((at) => `${at}: only in the second tree`)),
      );
    },
  );

  test('reuses chunks wherever they lie', async () => {
    await mkdir(root);
    await cp(path.join(one.root, 'data/big.pak'), path.join(root, 'old backup.bin'));
    const outcome = doneOf(await adoptFolder({ root, ports: game.ports, build: two.reference }));
    expect(outcome.figures.downloadBytes).toBeLessThan(outcome.figures.fullDownloadBytes - 200_000);
    expect(await differences(two)).toEqual(['old backup.bin: only in the second tree']);
  });

  test('says before it begins what it would fetch, and touches nothing', async () => {
    await cp(one.root, root, { recursive: true, verbatimSymlinks: true });
    await rm(path.join(root, 'kinds'), { recursive: true });
    const job = { root, ports: game.ports, build: two.reference };
    const planned = await planAdoption(job);
    expect((await differences(one)).every((line) => line.startsWith('kinds'))).toBe(true);
    expect(await readdir(scratch)).toEqual(['install']);
    const outcome = doneOf(await adoptFolder(job));
    expect(outcome.figures.downloadBytes).toBe(planned.figures.downloadBytes);
    expect(planned.figures.downloadBytes).toBeLessThan(planned.figures.fullDownloadBytes / 2);
  });

  test('passes over names no build could have, and still finds chunks everywhere else', async () => {
    await mkdir(root);
    await cp(path.join(one.root, 'data/big.pak'), path.join(root, 'renamed.bin'));
    await writeFile(path.join(root, 'a:[b] #1!.txt'), 'mine');
    await symlink('/elsewhere', path.join(root, 'shortcut'));
    const outcome = doneOf(await adoptFolder({ root, ports: game.ports, build: two.reference }));
    expect(outcome.figures.downloadBytes).toBeLessThan(outcome.figures.fullDownloadBytes - 200_000);
    expect(await differences(two)).toEqual(
      ['a:[b] #1!.txt', 'renamed.bin', 'shortcut'].map((name) => `${name}: only in the second tree`),
    );
  });

  test('goes file by file where the disk is small', async () => {
    await cp(one.root, root, { recursive: true, verbatimSymlinks: true });
    await rm(path.join(root, 'kinds'), { recursive: true });
    await writeFile(path.join(root, 'mine.txt'), 'mine');
    const job = { root, ports: game.ports, build: two.reference, diskMode: 'low-space' as const };
    doneOf(await adoptFolder(job));
    const extra = (await differences(two)).filter((line) => !line.endsWith('only in the second tree'));
    expect(extra).toEqual([]);
    expect(await readFile(path.join(root, 'mine.txt'), 'utf8')).toBe('mine');
  });

  test('in little space reads what it needs from a folder that made way', async () => {
    const seeds = ['one', 'third', 'fourth'].map(
      (name) => [name, new SeededRandom(name.length).bytes(120_000)] as const,
    );
    const next = await game.publish(
      new Map<string, FakeNode>([
        // Placed first, so that the folder of that name makes way before the others are made.
        ['a-file', file('where a folder was')],
        ...seeds.map(([name, bytes]) => [`z/${name}.pak`, { kind: 'file', bytes, mode: 0o644 }] as const),
      ]),
    );
    await mkdir(path.join(root, 'a-file/inside'), { recursive: true });
    for (const [name, bytes] of seeds) await writeFile(path.join(root, `a-file/inside/${name}.bin`), bytes);
    const job = {
      root,
      ports: game.ports,
      build: next.reference,
      diskMode: 'low-space',
      batchBytes: 1,
    } as const;
    const { rescued, downloadedBytes } = doneOf(await adoptFolder(job));
    expect(rescued).toEqual([{ path: 'a-file', to: 'a-file.yours' }]);
    expect(downloadedBytes).toBeLessThan(20_000);
    expect((await verifyInstall({ root })).damage).toEqual([]);
  });

  test('puts a folder of the player’s aside where the build needs a file', async () => {
    await mkdir(path.join(root, 'bin/game'), { recursive: true });
    await writeFile(path.join(root, 'bin/game/mine'), 'mine');
    const outcome = await adoptFolder({ root, ports: game.ports, build: small.reference });
    expect(doneOf(outcome).rescued).toEqual([{ path: 'bin/game', to: 'bin/game.yours' }]);
    expect(await readFile(path.join(root, 'bin/game.yours/mine'), 'utf8')).toBe('mine');
    expect((await verifyInstall({ root })).damage).toEqual([]);
  });
});
