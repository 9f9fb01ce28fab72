import { type Columns, ENTRY_KINDS, toPathColumns } from './manifest-columns.ts';
import type { Listing, OldFiles, Segments } from './gen/patch_pb.ts';
import type { OldFile, OldRange, PatchEntry, UnplacedSegment } from './patch.ts';
import { joinSha256 } from './sha256.ts';
import { serializeSignedColumn, serializeUnsignedColumn } from './varint-column.ts';

type FileRow = Extract<PatchEntry, { kind: 'file' }>;

/** Turn the new tree's entries into columns. */
export function toListingColumns(entries: readonly PatchEntry[]): Columns<Listing> {
  const files = entries.filter((entry): entry is FileRow => entry.kind === 'file');
  const targets = entries.flatMap((entry) => (entry.kind === 'link' ? [Buffer.from(entry.target)] : []));
  return {
    count: entries.length,
    kind: Uint8Array.from(entries, (entry) => ENTRY_KINDS[entry.kind]),
    ...toPathColumns(entries),
    mode: serializeUnsignedColumn(entries.flatMap((entry) => (entry.kind === 'link' ? [] : [entry.mode]))),
    fileSize: serializeUnsignedColumn(files.map((file) => file.sizeBytes)),
    fileMade: Uint8Array.from(files, (file) => (file.origin.kind === 'made' ? 1 : 0)),
    ...toOriginSteps(files),
    linkTargetLength: serializeUnsignedColumn(targets.map((target) => target.length)),
    linkTarget: Buffer.concat(targets),
  };
}

export function toOldFileColumns(files: readonly OldFile[]): Columns<OldFiles> {
  return {
    count: files.length,
    ...toPathColumns(files),
    size: serializeUnsignedColumn(files.map((file) => file.sizeBytes)),
  };
}

export function toSegmentColumns(segments: readonly UnplacedSegment[]): Columns<Segments> {
  return {
    count: segments.length,
    packedBytes: serializeUnsignedColumn(segments.map((segment) => segment.packedBytes)),
    packedSha256: joinSha256(segments.map((segment) => segment.packedSha256)),
    newBytes: serializeUnsignedColumn(segments.map((segment) => segment.newBytes)),
    newSha256: joinSha256(segments.map((segment) => segment.newSha256)),
    rangeCount: serializeUnsignedColumn(segments.map((segment) => segment.oldRanges.length)),
    ...toRangeColumns(segments.flatMap((segment) => segment.oldRanges)),
  };
}

function toOriginSteps(files: readonly FileRow[]): Pick<Columns<Listing>, 'copiedFrom' | 'madeOffset'> {
  const copies: number[] = [];
  const offsets: number[] = [];
  let expectedRow = 0;
  let expectedOffset = 0;
  for (const { origin, sizeBytes } of files) {
    if (origin.kind === 'copy') {
      copies.push(origin.oldFile - expectedRow);
      expectedRow = origin.oldFile + 1;
    } else {
      offsets.push(origin.offset - expectedOffset);
      expectedOffset = origin.offset + sizeBytes;
    }
  }
  return { copiedFrom: serializeSignedColumn(copies), madeOffset: serializeSignedColumn(offsets) };
}

function toRangeColumns(
  ranges: readonly OldRange[],
): Pick<Columns<Segments>, 'rangeFile' | 'rangeOffset' | 'rangeLength'> {
  const files = new Float64Array(ranges.length);
  const offsets = new Float64Array(ranges.length);
  let before: OldRange = { oldFile: 0, offset: 0, length: 0 };
  ranges.forEach((range, row) => {
    files[row] = range.oldFile - before.oldFile;
    offsets[row] = range.offset - (range.oldFile === before.oldFile ? before.offset + before.length : 0);
    before = range;
  });
  return {
    rangeFile: serializeSignedColumn(files),
    rangeOffset: serializeSignedColumn(offsets),
    rangeLength: serializeUnsignedColumn(ranges.map((range) => range.length)),
  };
}
