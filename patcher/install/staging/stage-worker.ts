import type { AddressMap } from '../../executables/address-map.ts';
import { type DecodeTask, type OldStretch, runDecodeTask } from '../../delta/apply/decode-task.ts';
import { threadData } from '../../threads/stop-flag.ts';
import { serveTasks } from '../../threads/task-server.ts';
import { installErrors } from '../install-errors.ts';
import { OldFiles } from './old-files.ts';
import { cutPieces, type FilePiece } from './patch-chain.ts';
import { OldTree } from './old-tree.ts';
import { readOldFully } from './stage-copies.ts';

/** What a thread that makes segments for an install knows from its start. */
export interface StageWorkerData {
  readonly root: string;
  /** Old files that are not at their place in the tree: tree path → where they are. */
  readonly elsewhere: ReadonlyMap<string, string>;
  readonly addressMaps: readonly AddressMap[];
  /** Where the files lie that a later patch of a chain reads; undefined where they lie in the tree as they are. */
  readonly pieces?: ReadonlyMap<string, readonly StoredPiece[]> | undefined;
}

/** A stretch of a file that is nowhere whole. */
export interface StoredPiece extends FilePiece {
  /** Tree path of an old file, or one of {@link StageWorkerData.elsewhere}. */
  readonly path: string;
}

const { root, elsewhere, addressMaps, pieces } = threadData<StageWorkerData>();
const oldFiles = new OldFiles(new OldTree(root, elsewhere));

serveTasks<DecodeTask, Uint8Array<ArrayBuffer>>(
  (task) => runDecodeTask(task, addressMaps, readOld),
  (made) => [made.buffer],
  () => oldFiles.close(),
);

function readOld({ path, offset }: OldStretch, into: Uint8Array): void {
  const isRead =
    pieces === undefined
      ? readOldFully(oldFiles, path, offset, into)
      : readPieces(pieces.get(path) ?? [], offset, into);
  if (!isRead) throw installErrors.error('INSTALL_CONTENT_MISMATCH', { path });
}

/** @returns False when the bytes cannot be had in full. */
function readPieces(file: readonly StoredPiece[], offset: number, into: Uint8Array): boolean {
  let done = 0;
  for (const { path, offset: at, sizeBytes } of cutPieces(file, offset, into.length)) {
    if (!readOldFully(oldFiles, path, at, into.subarray(done, done + sizeBytes))) return false;
    done += sizeBytes;
  }
  return done === into.length;
}
