import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { serializeManifest } from '../formats/manifest-format.ts';
import { GameToInstall, differences, doneOf } from '../testing/builds/game-to-install.ts';
import { FAULT_BODIES } from '../testing/network/object-server.ts';
import type { Plan } from '../plan/plan.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { installBuild, updateBuild } from './install.ts';

const published = await GameToInstall.publish();
const { game, one, two, patch, small } = published;
let root: string;

afterAll(() => published.close());
beforeEach(async () => {
  root = path.join(await published.makePlace(), 'install');
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
    expect(await differences(one, root)).toEqual([]);
  });

  test('a chunk of a large file that comes wrong is found when the file is full, and fetched again alone', async () => {
    const bytes = new SeededRandom(7).bytes(12 * 2 ** 20);
    const large = await game.publish(new Map([['large.bin', { kind: 'file', bytes, mode: 0o644 }]]));
    let wrong = 1;
    game.server.fault = ({ path: objectPath }) =>
      objectPath.startsWith('packs/') && wrong-- > 0 ? { kind: 'corrupt', at: 3_000_000 } : undefined;
    const outcome = doneOf(await installBuild({ root, ports: game.ports, build: large.reference }));
    expect(await differences(large, root)).toEqual([]);
    expect(outcome.downloadedBytes).toBeGreaterThan(outcome.figures.downloadBytes);
    expect(outcome.downloadedBytes).toBeLessThan(bytes.length * 1.1);
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
    expect(await differences(one, root)).toEqual([]);
    game.server.fault = () => undefined;
    await updateBuild({ ...job, build: two.reference });
    expect(await differences(two, root)).toEqual([]);
  });

  test('goes by chunks where reading a patch would take more memory than there is, and says so in the plan', async () => {
    const bytes = game.object(patch.path);
    const long = Buffer.from(bytes);
    // What its header unpacks to, by its own words.
    long.writeUInt32LE(200 * 2 ** 20, 12);
    game.replaceObject(patch.path, long);
    const plans: Plan[] = [];
    const job = { root, ports: game.ports };
    await installBuild({ ...job, build: one.reference });
    const onPlan = (plan: Plan) => void plans.push(plan);
    await updateBuild({ ...job, build: two.reference, patches: [patch], onPlan });
    game.replaceObject(patch.path, bytes);
    expect(plans[0]?.route).toBe('chunks');
    expect(plans[0]?.explanation).toContain(`patch ${patch.path} is not used: Reading the header`);
    expect(await differences(two, root)).toEqual([]);
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
      expect(await differences(two, root)).toEqual([]);
    }
    game.replaceObject(patch.path, bytes);
    await installBuild({ ...job, build: one.reference, patches: [] });
    // Same length, other bytes: only using it as a source can tell.
    const old = await readFile(path.join(root, 'data/big.pak'));
    old.fill(0, 100_000, 160_000);
    await writeFile(path.join(root, 'data/big.pak'), old);
    await updateBuild(job);
    expect(await differences(two, root)).toEqual([]);
  });
});

describe('a manifest', () => {
  test('that lies about a file is never committed', async () => {
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

  test('that is not what it is named by, or is no manifest, is refused', async () => {
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
