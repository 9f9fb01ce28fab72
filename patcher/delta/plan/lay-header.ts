import type { FileEntry } from '../../formats/manifest.ts';
import type { Patch, PatchAddressMap, PatchEntry, UnplacedSegment } from '../../formats/patch.ts';
import { type PatchHeader, serializePatchHeader } from '../../formats/patch-format.ts';
import { computeFilesDigest, computeTreeDigest } from '../../formats/tree-digest.ts';
import type { PatchPlan } from './plan-patch.ts';

/** What making the segments of a plan gave beside their bodies; `oldFile` counts in the old space's files. */
export interface MadeTables {
  /** In the plan's order. */
  readonly segments: readonly UnplacedSegment[];
  /** Sorted by `firstSegment`, then by `oldFile`. */
  readonly addressMaps: readonly PatchAddressMap[];
}

export interface LaidHeader {
  readonly bytes: Uint8Array;
  /** What they say, as a reader of the whole patch would see it. */
  readonly patch: Patch;
}

/** A patch's header. It lists only those old files that are read, and counts in that list. */
export function layHeader(plan: PatchPlan, tables: MadeTables): LaidHeader {
  const header = collectHeader(plan, tables);
  const bytes = serializePatchHeader(header, { quick: plan.segments[0]?.task.effort === 'fast' });
  return { bytes, patch: placeSegments(header, bytes.length) };
}

function collectHeader(plan: PatchPlan, { segments, addressMaps }: MadeTables): PatchHeader {
  const { oldTree, newTree, oldFiles, newSpace } = plan;
  const used = new Set<number>();
  for (const entry of newSpace.entries) {
    if (entry.kind === 'file' && entry.origin.kind === 'copy') used.add(entry.origin.oldFile);
  }
  for (const { oldRanges } of segments) for (const { oldFile } of oldRanges) used.add(oldFile);
  const rows = [...used].sort((a, b) => a - b);
  const listed = rows.map((row) => oldFiles[row] as FileEntry);
  const places = new Map(rows.map((row, place) => [row, place]));
  const place = (row: number): number => places.get(row) as number;
  return {
    oldTreeDigest: computeTreeDigest(oldTree.entries),
    newTreeDigest: computeTreeDigest(newTree.entries),
    oldFilesDigest: computeFilesDigest(listed),
    entries: newSpace.entries.map((entry) => placeOrigin(entry, place)),
    oldFiles: listed.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
    addressMaps: addressMaps
      .filter(({ oldFile }) => used.has(oldFile))
      .map((map) => ({ ...map, oldFile: place(map.oldFile) })),
    segments: segments.map((segment) => ({
      ...segment,
      oldRanges: Array.from(segment.oldRanges, (range) => ({ ...range, oldFile: place(range.oldFile) })),
    })),
  };
}

/** The bodies follow the header, and each other. */
function placeSegments(header: PatchHeader, headerBytes: number): Patch {
  let offset = headerBytes;
  let newOffset = 0;
  const segments = header.segments.map((segment) => {
    const placed = { ...segment, offset, newOffset };
    offset += segment.packedBytes;
    newOffset += segment.newBytes;
    return placed;
  });
  return { ...header, segments };
}

function placeOrigin(entry: PatchEntry, place: (row: number) => number): PatchEntry {
  if (entry.kind !== 'file' || entry.origin.kind !== 'copy') return entry;
  return { ...entry, origin: { kind: 'copy', oldFile: place(entry.origin.oldFile) } };
}
