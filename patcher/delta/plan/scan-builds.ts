import { type ComparedTree, countSurelyChanged, scanPair } from '../../scan/scan-pair.ts';
import { BLOCKING_BYTES_MAX } from '../../scan/scan-pool.ts';
import { type ScanProgress, scanWalked } from '../../scan/scan-tree.ts';
import { DEFAULT_CHUNKING } from '../../scan/chunker.ts';
import { type WalkedEntry, walkTree } from '../../scan/tree-walk.ts';
import type { Effort } from '../effort.ts';
import { isIndexedWhole } from './plan-patch.ts';

export interface ScanBuildsOptions {
  readonly oldRoot: string;
  readonly newRoot: string;
  readonly effort: Effort;
  /** What the patch will be made in. */
  readonly memoryBudgetBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
}

export interface ScannedBuilds {
  readonly oldTree: ComparedTree;
  readonly newTree: ComparedTree;
}

/**
 * Scan two folders on the calling thread, or large ones on others, as far as a patch between them takes: the plan made from
 * them is the one that complete scans or the builds' manifests give.
 * @throws {AppError} As `scanTree` does.
 */
export async function scanBuilds(options: ScanBuildsOptions): Promise<ScannedBuilds> {
  const { oldRoot, newRoot, effort, memoryBudgetBytes, signal, onProgress } = options;
  // Whoever compares two folders may well have nothing on one side.
  const how = { mayBeEmpty: true, ...withSignal(signal) };
  const oldTree = { root: oldRoot, walked: await walkTree({ root: oldRoot, ...how }) };
  const newTree = { root: newRoot, walked: await walkTree({ root: newRoot, ...how }) };
  const isSmall = [oldTree, newTree].every(({ walked }) => countBytes(walked) <= BLOCKING_BYTES_MAX);
  // Chunks of old files are looked at by nothing but the search for repeats while what changed is indexed whole.
  if (isSmall && isIndexedWhole(countSurelyChanged(oldTree.walked, newTree.walked), memoryBudgetBytes)) {
    const pair = await scanPair({ oldTree, newTree, cutsOld: effort !== 'fast', signal, onProgress });
    if (isIndexedWhole(pair.changedOldBytes, memoryBudgetBytes)) return pair;
  }
  const scanning = {
    chunking: DEFAULT_CHUNKING,
    mayBlock: true,
    ...withSignal(signal),
    ...(onProgress && { onProgress }),
  };
  return {
    oldTree: await scanWalked(oldTree.walked, { root: oldRoot, ...scanning }),
    newTree: await scanWalked(newTree.walked, { root: newRoot, ...scanning }),
  };
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function countBytes(walked: readonly WalkedEntry[]): number {
  return walked.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.stamp.sizeBytes : 0), 0);
}
