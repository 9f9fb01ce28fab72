import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { scanTree } from '../scan/scan-tree.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { APPLY_MEMORY_BYTES } from './apply/segment-decoders.ts';
import { makePatch } from './make/make-patch.ts';
import { PatchFixture } from './testing/patch-fixture.ts';

const CHILD = fileURLToPath(new URL('./testing/apply-child.ts', import.meta.url));
const CHUNKING = { minBytes: 2 ** 14, averageBytes: 2 ** 16, maxBytes: 2 ** 18 };
const BLOCK_BYTES = 48 * 2 ** 10;
const BLOCKS = 512;
const EDITS = 24;

/** Blocks in another order, each with some other bytes: segments of the largest size on both sides. */
function shuffle(random: SeededRandom, old: Uint8Array): Uint8Array {
  const made = new Uint8Array(old.length);
  for (let block = 0; block < BLOCKS; block++) {
    const from = ((block * 269 + 7) % BLOCKS) * BLOCK_BYTES;
    made.set(old.subarray(from, from + BLOCK_BYTES), block * BLOCK_BYTES);
  }
  for (let edit = BLOCKS * EDITS; edit > 0; edit--) made[random.below(made.length)] = random.below(256);
  return made;
}

it.each(['default', 'max'] as const)(
  'applying a patch of the largest segments at effort %s takes no more memory than promised',
  async (effort) => {
    const random = new SeededRandom(73);
    await using fixture = await PatchFixture.open();
    const [oldRoot, newRoot, outPath] = ['old', 'new', 'patch'].map((name) => fixture.fresh(name)) as [
      string,
      string,
      string,
    ];
    const old = random.bytes(BLOCKS * BLOCK_BYTES);
    for (const [root, bytes] of [
      [oldRoot, old],
      [newRoot, shuffle(random, old)],
    ] as const) {
      await mkdir(root);
      await writeFile(path.join(root, 'data.bin'), bytes);
    }
    const [oldTree, newTree] = [
      await scanTree({ root: oldRoot, chunking: CHUNKING, workers: 1 }),
      await scanTree({ root: newRoot, chunking: CHUNKING, workers: 1 }),
    ];
    await makePatch({ oldRoot, oldTree, newRoot, newTree, outPath, effort, workers: 1 });
    const environment = { ...process.env, NODE_COMPILE_CACHE: path.join(fixture.folder, 'compiled') };
    const apply = (): number => {
      const args = ['--no-warnings', CHILD, outPath, oldRoot, path.join(fixture.folder, 'out')];
      return Number(execFileSync(process.execPath, args, { encoding: 'utf8', env: environment }));
    };
    apply();
    await rm(path.join(fixture.folder, 'out'), { recursive: true });
    const peakBytes = apply();
    expect(peakBytes).toBeGreaterThan(APPLY_MEMORY_BYTES / 2);
    expect(peakBytes).toBeLessThanOrEqual(APPLY_MEMORY_BYTES);
  },
);
