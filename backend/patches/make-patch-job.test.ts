import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyPatchToFolder } from '../../patcher/delta/apply/apply-patch.ts';
import { openPatch, PatchFile } from '../../patcher/delta/apply/open-patch.ts';
import { materialiseBuild } from '../push/materialise-build.ts';
import { FileStore } from '../storage/file-store.ts';
import { makeSampleBuild, pushSampleBuild, type SampleBuild, sampleBytes } from '../testing/sample-build.ts';
import { pointChannel } from '../testing/sign-build.ts';
import { registerPublisher, startTestService, type TestService } from '../testing/service.ts';
import { verifyTree } from './verify-tree.ts';

let test: TestService;
let scratch: string;
beforeAll(async () => {
  test = await startTestService();
  scratch = await mkdtemp(path.join(os.tmpdir(), 'gantry-patches-'));
});
afterAll(async () => {
  await test.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

const signal = new AbortController().signal;

function store(): FileStore {
  const secret = 'not used here, but long enough to be one';
  return new FileStore({ folder: path.join(test.dataDir, 'objects'), secret, publicUrl: () => '' });
}

/** Scattered changes: every chunk differs, but little of each. */
function twoBuilds(seed: string): { old: SampleBuild; next: SampleBuild } {
  const data = sampleBytes(seed, 60_000);
  const changed = data.slice();
  for (let at = 100; at < changed.length; at += 900) changed[at] = (changed[at] as number) ^ 0xff;
  const old = makeSampleBuild({ 'data.pak': data, 'bin/game': sampleBytes(`${seed}-bin`, 4_000) });
  const next = makeSampleBuild({ ...old.files, 'data.pak': changed }, old);
  return { old, next };
}

async function waitForPatch(api: Awaited<ReturnType<typeof registerPublisher>>['api'], gameId: string) {
  for (;;) {
    const { patches } = await api.builds({ params: { gameId } });
    if (patches[0]) return patches[0];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

it('a channel that moves on gets a patch which makes the new build from the old', async () => {
  const publisher = await registerPublisher(test);
  const { old, next } = twoBuilds('moves');
  const push = { gameId: publisher.gameId, channel: 'stable' };
  const oldBuild = (await pushSampleBuild(publisher.api, old, push)).build;
  const newBuild = (await pushSampleBuild(publisher.api, next, push)).build;
  const reference = await waitForPatch(publisher.api, publisher.gameId);
  expect(reference).toMatchObject({ oldBuildId: oldBuild?.buildId, newBuildId: newBuild?.buildId });
  expect(reference.sizeBytes).toBeLessThan((next.packs[0]?.bytes.length ?? 0) / 4);

  const delivery = await publisher.api.delivery({
    params: { buildId: newBuild?.buildId ?? 0 },
    query: { oldBuildId: oldBuild?.buildId },
  });
  expect(delivery.patches).toEqual([reference]);
  const grant = await publisher.api.grant({
    body: { buildId: newBuild?.buildId ?? 0, oldBuildId: oldBuild?.buildId ?? 0, reason: 'update' },
  });
  const response = await fetch(`${grant.baseUrl}${reference.path}?${grant.query}`);
  const patchPath = path.join(scratch, 'patch');
  await writeFile(patchPath, Buffer.from(await response.arrayBuffer()));

  const oldRoot = path.join(scratch, 'old');
  const depot = { gameId: publisher.gameId, depot: 'linux' };
  await materialiseBuild({ store: store(), depot, manifest: old.manifest, root: oldRoot, signal });
  await using file = await PatchFile.open(patchPath);
  const outRoot = path.join(scratch, 'new');
  await applyPatchToFolder({ patch: await openPatch(file), oldRoot, outRoot });
  await verifyTree(outRoot, next.manifest, signal);
  expect((await readFile(path.join(outRoot, 'data.pak'))).equals(next.files['data.pak'] as Uint8Array)).toBe(
    true,
  );
  expect(await readdir(path.join(test.dataDir, 'scratch')).catch(() => [])).toEqual([]);
});

it('promoting a build makes the patch from what the channel pointed to', async () => {
  const publisher = await registerPublisher(test);
  const { old, next } = twoBuilds('promoted');
  const { gameId } = publisher;
  const oldBuild = (await pushSampleBuild(publisher.api, old, { gameId, channel: 'stable' })).build;
  const newBuild = (await pushSampleBuild(publisher.api, next, { gameId })).build;
  if (newBuild === undefined) throw new Error('the push was rejected');
  const channel = await pointChannel(publisher.api, 'stable', newBuild);
  expect(channel.build).toMatchObject({ buildId: newBuild.buildId, channels: ['stable'] });
  expect(await waitForPatch(publisher.api, gameId)).toMatchObject({ oldBuildId: oldBuild?.buildId });
});

it('a tree that differs from its manifest in anything is found', async () => {
  const { old } = twoBuilds('tree');
  const publisher = await registerPublisher(test);
  await pushSampleBuild(publisher.api, old, publisher);
  const root = path.join(scratch, 'tree');
  const depot = { gameId: publisher.gameId, depot: 'linux' };
  await materialiseBuild({ store: store(), depot, manifest: old.manifest, root, signal });
  await verifyTree(root, old.manifest, signal);
  const data = path.join(root, 'data.pak');
  const bytes = await readFile(data);
  bytes.writeUInt8(bytes.readUInt8(5) ^ 1, 5);
  await writeFile(data, bytes);
  await expect(verifyTree(root, old.manifest, signal)).rejects.toMatchObject({ code: 'PATCH_PROOF_FAILED' });
  bytes.writeUInt8(bytes.readUInt8(5) ^ 1, 5);
  await writeFile(data, bytes);
  await writeFile(path.join(root, 'more'), '');
  await expect(verifyTree(root, old.manifest, signal)).rejects.toMatchObject({ details: { path: 'more' } });
});
