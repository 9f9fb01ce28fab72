import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PatchSegment } from '../../formats/patch.ts';
import { hasErrno } from '../install-errors.ts';
import { makeSegments, type SegmentOrder } from './make-segments.ts';
import type { PatchHop, RemoteBetween, RemotePatch } from './remote-patch.ts';
import type { StoredPiece } from './stage-worker.ts';
import type { StagingJob } from './staging-job.ts';

/**
 * Make what a chain needs on its way, one patch after the other: each segment is a file of its own, named by its hash.
 * Nothing is written down about them: what a stopped job left and still has the hash of its name is not made again
 * ({@link findMade}), so that no record can say more than is there.
 * @param wanted Rows of `remote.between`.
 * @returns The rows that are there now; one that could not be made is not, nor what needs it.
 * @throws {AppError} Only what chunks could not mend either.
 */
export async function makeBetween(
  job: StagingJob,
  remote: RemotePatch,
  wanted: readonly number[],
): Promise<Set<number>> {
  const made = new Set(wanted.filter((row) => remote.between[row]?.isMade === true));
  if (wanted.length > 0) await mkdir(job.between, { recursive: true, mode: 0o700 });
  for (const [at, hop] of remote.hops.entries()) {
    const rows = wanted.filter((row) => {
      const segment = remote.between[row];
      return segment?.hop === at && !made.has(row) && segment.needs.every((need) => made.has(need));
    });
    const rowOf = new Map(rows.map((row) => [(remote.between[row] as RemoteBetween).segment, row] as const));
    await makeSegments(job, {
      hop,
      segments: [...rowOf.keys()],
      ...storedPieces(job, remote, at),
      take: async (index, bytes) => {
        await writeFile(fileOf(job, hop, index), bytes, { mode: 0o600 });
        job.meter.written(bytes.length);
        made.add(rowOf.get(index) as number);
      },
    });
  }
  return made;
}

/** What a segment on the way made. @returns undefined when it is not there any more. */
export async function readBetween(
  job: Pick<StagingJob, 'between'>,
  remote: RemotePatch,
  row: number,
): Promise<Uint8Array | undefined> {
  const { hop, segment } = remote.between[row] as RemoteBetween;
  try {
    return await readFile(fileOf(job, remote.hops[hop] as PatchHop, segment));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function fileOf({ between }: Pick<StagingJob, 'between'>, { patch }: PatchHop, segment: number): string {
  return path.join(between, (patch.segments[segment] as PatchSegment).newSha256);
}

/** Where a patch of a chain finds its old files, for those who make its segments. */
export function storedPieces(
  job: Pick<StagingJob, 'between'>,
  remote: RemotePatch,
  hop: number,
): Pick<SegmentOrder, 'elsewhere' | 'pieces'> {
  const files = remote.chain.filesOf(hop);
  if (files === undefined) return {};
  const elsewhere = new Map<string, string>();
  const stored = [...files].map(([treePath, pieces]) => {
    const parts = pieces.map((piece): StoredPiece => {
      const { fileOffset, sizeBytes, offset } = piece;
      if ('oldPath' in piece) return { fileOffset, sizeBytes, offset, path: piece.oldPath };
      const { hop: at, segment } = remote.between[piece.between] as RemoteBetween;
      const file = fileOf(job, remote.hops[at] as PatchHop, segment);
      // An absolute path is no tree path, so that the two never meet.
      elsewhere.set(file, file);
      return { fileOffset, sizeBytes, offset, path: file };
    });
    return [treePath, parts] as const;
  });
  return { elsewhere, pieces: new Map(stored) };
}

/** Hashes of what a stopped job made on its way and that is still whole. */
export async function findMade(folder: string): Promise<Set<string>> {
  const made = new Set<string>();
  for (const name of await namesIn(folder)) {
    const bytes = await readFile(path.join(folder, name));
    if (createHash('sha256').update(bytes).digest('hex') === name) made.add(name);
  }
  return made;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
