import { createReadStream } from 'node:fs';
import path from 'node:path';
import { applyPatchToFolder } from '../../patcher/delta/apply/apply-patch.ts';
import type { PatchReport } from '../../patcher/delta/make/make-patch.ts';
import { openPatch, PatchFile } from '../../patcher/delta/apply/open-patch.ts';
import { sha256BytesAt } from '../../patcher/formats/sha256.ts';
import { Sha256Index } from '../../patcher/formats/sha256-index.ts';
import { objectKey } from '../delivery/object-path.ts';
import type { PairRoots, PatchPair, PatchServices } from './patch-pair.ts';
import { verifyTree } from './verify-tree.ts';

/** A patch in a local file, and what it was made from. */
export interface MadePatch extends PairRoots {
  readonly pair: PatchPair;
  readonly patchPath: string;
  readonly report: Pick<PatchReport, 'sha256' | 'sizeBytes'>;
  /** A folder for the trial. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/**
 * Publish a patch, once it was applied to the real old build and gave the new build to the last byte. One that is no
 * smaller than the chunks an update would fetch without it is not published. Doing it again changes nothing.
 * @throws {AppError} `PATCH_PROOF_FAILED`, `PATCH_*`, `STORAGE_*`.
 */
export async function publishPatch(services: PatchServices, made: MadePatch): Promise<void> {
  // Where chunks alone are as small, a patch only costs storage.
  if (made.report.sizeBytes >= chunkRouteBytes(made.pair)) return;
  await prove(made);
  await publish(services, made);
}

/** What the update would download without a patch. */
function chunkRouteBytes({ oldTree, newTree }: PatchPair): number {
  const known = Sha256Index.of(oldTree.chunks.sha256);
  let bytes = 0;
  for (let row = 0; row < newTree.chunks.count; row += 1) {
    const isKnown = known.find(sha256BytesAt(newTree.chunks.sha256, row)) >= 0;
    if (!isKnown) bytes += newTree.chunks.packedBytes[row] as number;
  }
  return bytes;
}

async function prove({ pair, patchPath, oldRoot, scratch, signal }: MadePatch): Promise<void> {
  const outRoot = path.join(scratch, 'trial');
  await using source = await PatchFile.open(patchPath);
  const patch = await openPatch(source, signal);
  await applyPatchToFolder({ patch, oldRoot, outRoot, signal });
  await verifyTree(outRoot, pair.newTree, signal);
}

async function publish({ database, store }: PatchServices, made: MadePatch): Promise<void> {
  const { sha256, sizeBytes } = made.report;
  await store.write(objectKey(made.pair.new, 'patch', sha256), createReadStream(made.patchPath), {
    sha256,
    contentType: 'application/octet-stream',
    cacheControl: 'public, max-age=31536000, immutable',
  });
  await database
    .insertInto('patches')
    .values({ ...made.pair.ids, sha256, sizeBytes })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
