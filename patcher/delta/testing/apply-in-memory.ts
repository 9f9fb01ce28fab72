import type { Sha256 } from '../../formats/manifest.ts';
import type { Patch, PatchSegment } from '../../formats/patch.ts';
import { atOnce } from '../../threads/slices.ts';
import { computeSha256 } from '../../formats/sha256.ts';
import { computeTreeDigest, type DigestEntry } from '../../formats/tree-digest.ts';
import { runDecodeTask, toDecodeTask } from '../apply/decode-task.ts';
import { deltaErrors } from '../delta-errors.ts';
import { planSegments } from '../apply/plan-pieces.ts';
import { openBytes } from './patch-fixture.ts';

/** The files of an old build by path. */
export type OldContents = ReadonlyMap<string, Uint8Array>;

/** What the disk of these tests has free: a forged listing may state any size. */
const FREE_BYTES = 64 * 2 ** 20;

/**
 * Do what `applyPatchToFolder` does, in memory.
 * @returns The digest of the tree that was made: the one the patch promises.
 * @throws {AppError} As `openPatch` and `applyPatchToFolder` do.
 */
export async function applyInMemory(bytes: Uint8Array, oldContents: OldContents): Promise<Sha256> {
  const { patch, readSegment } = await openBytes(bytes);
  checkSizes(patch, oldContents);
  const made: Uint8Array[] = [];
  for (const segment of patch.segments) {
    made.push(makeSegment(patch, segment, await readSegment(segment), oldContents));
  }
  const digest = computeTreeDigest(describeTree(patch, made, oldContents));
  if (digest !== patch.newTreeDigest) {
    throw deltaErrors.error('PATCH_RESULT_MISMATCH', { reason: 'the new tree is not the expected one' });
  }
  return digest;
}

/** Make one segment's new bytes. @throws {AppError} As `decodeSegment` does. */
export function makeSegment(
  patch: Patch,
  segment: PatchSegment,
  body: Uint8Array,
  oldContents: OldContents,
): Uint8Array {
  return runDecodeTask(
    atOnce(toDecodeTask(segment, patch, body)),
    patch.addressMaps.map(({ map }) => map),
    ({ path, offset, length }, into) =>
      into.set(readOld(oldContents, path).subarray(offset, offset + length)),
  );
}

function checkSizes({ oldFiles, entries }: Patch, oldContents: OldContents): void {
  for (const { path, sizeBytes } of oldFiles) {
    if (readOld(oldContents, path).length !== sizeBytes) {
      throw deltaErrors.error('PATCH_OLD_MISMATCH', { path, reason: 'has another size' });
    }
  }
  const neededBytes = [...entries].reduce(
    (sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0),
    0,
  );
  if (neededBytes > FREE_BYTES) {
    throw deltaErrors.error('PATCH_NO_SPACE', { neededBytes, freeBytes: FREE_BYTES });
  }
}

function readOld(oldContents: OldContents, path: string): Uint8Array {
  const bytes = oldContents.get(path);
  if (bytes === undefined) throw deltaErrors.error('PATCH_OLD_MISMATCH', { path, reason: 'is missing' });
  return bytes;
}

function describeTree(patch: Patch, made: readonly Uint8Array[], oldContents: OldContents): DigestEntry[] {
  const plans = planSegments(patch);
  return Array.from(patch.entries, (entry): DigestEntry => {
    if (entry.kind !== 'file') return entry;
    const plan = plans.get(entry.path);
    const bytes =
      plan?.kind === 'copy'
        ? readOld(oldContents, plan.oldPath)
        : Buffer.concat(
            (plan?.pieces ?? []).map(({ segment, offsetInSegment, length }) =>
              (made[segment] as Uint8Array).subarray(offsetInSegment, offsetInSegment + length),
            ),
          );
    const { kind, path, mode, sizeBytes } = entry;
    return { kind, path, mode, sizeBytes, sha256: computeSha256(bytes) };
  });
}
