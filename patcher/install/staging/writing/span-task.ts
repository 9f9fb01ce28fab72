import type { Manifest } from '../../../formats/manifest.ts';
import { SHA256_BYTES, sha256BytesAt } from '../../../formats/sha256.ts';
import type { StagedExtents } from '../../../plan/byte-intervals.ts';
import type { ChunkNeeds } from '../../../plan/chunk-needs.ts';
import type { ChunkSpan } from './span-collector.ts';
import { createFrames, type SpanFile, type SpanFrames, type SpanPiece, type SpanTask } from './write-span.ts';

/**
 * A file of more is hashed chunk by chunk as it arrives, and whole besides: what is wrong in it is then fetched at once, and
 * not looked for by reading all of it again.
 */
const HASHED_LATER_BYTES_MAX = 256 * 2 ** 20;

/** What has to be known to write a span. */
export interface SpanPlace {
  readonly next: Manifest;
  readonly needs: ChunkNeeds;
  readonly staged: StagedExtents;
  /** Whether a file of several spans is hashed only when it is full. */
  readonly hashesLater: boolean;
  /** Where an entry is staged. */
  readonly pathOf: (entry: number) => string;
}

/** A span that has arrived, as a task that knows nothing of manifests. */
export function toSpanTask(span: ChunkSpan, place: SpanPlace): SpanTask {
  const { chunks } = place.next;
  const frames = createFrames(span.parts.length);
  span.parts.forEach(({ row, offset, sizeBytes }, frame) => {
    frames.offset[frame] = offset - span.offset;
    frames.packedBytes[frame] = sizeBytes;
    frames.sizeBytes[frame] = chunks.sizeBytes[row] as number;
    frames.sha256.set(sha256BytesAt(chunks.sha256, row), frame * SHA256_BYTES);
  });
  const pieces = new Map<number, SpanPiece[]>();
  span.parts.forEach(({ row }, frame) => {
    for (const { entry, offset } of place.needs.destinations.get(row) ?? []) {
      const known = pieces.get(entry);
      if (known === undefined) pieces.set(entry, [{ frame, offset }]);
      else known.push({ frame, offset });
    }
  });
  const files = [...pieces].map(([entry, of]) => toFile(place, frames, { entry, pieces: of }));
  return { packed: span.packed, frames, files };
}

function toFile(
  { next, staged, hashesLater, pathOf }: SpanPlace,
  frames: SpanFrames,
  { entry, pieces }: { readonly entry: number; readonly pieces: SpanPiece[] },
): SpanFile {
  const file = next.entries[entry];
  if (file?.kind !== 'file') throw new Error(`entry ${entry} is not a file`);
  const { path, mode, sha256 } = file;
  const sizeBytes = pieces.reduce((sum, { frame }) => sum + (frames.sizeBytes[frame] as number), 0);
  const isWhole = sizeBytes === file.sizeBytes && !staged.has(entry);
  const isHashedLater = hashesLater && !isWhole && file.sizeBytes <= HASHED_LATER_BYTES_MAX;
  pieces.sort((a, b) => a.offset - b.offset);
  return { entry, path, staged: pathOf(entry), mode, sha256, isWhole, isHashedLater, pieces };
}
