import { type Columns, ENTRY_KINDS, toPathColumns } from './manifest-columns.ts';
import { serializeAddressMap } from '../executables/address-map-format.ts';
import type { AddressMaps, Listing, OldFiles, Segments } from './gen/patch_pb.ts';
import type { OldFile, OldRange, PatchAddressMap, PatchEntry, UnplacedSegment } from './patch.ts';
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
    copiedFrom: serializeSignedColumn(toCopySteps(files)),
    ...toPieceColumns(files),
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
    ...toRangeColumns(segments.flatMap((segment) => [...segment.oldRanges])),
  };
}

export function toAddressMapColumns(addressMaps: readonly PatchAddressMap[]): Columns<AddressMaps> {
  const maps = addressMaps.map(({ map }) => serializeAddressMap(map));
  return {
    count: maps.length,
    oldFile: serializeUnsignedColumn(
      addressMaps.map(({ oldFile, firstSegment }, row) => {
        const before = addressMaps[row - 1];
        return before?.firstSegment === firstSegment ? oldFile - before.oldFile - 1 : oldFile;
      }),
    ),
    length: serializeUnsignedColumn(maps.map((map) => map.length)),
    maps: Buffer.concat(maps),
    firstSegment: addressMaps.every(({ firstSegment }) => firstSegment === 0)
      ? new Uint8Array()
      : serializeUnsignedColumn(
          addressMaps.map(
            ({ firstSegment }, row) => firstSegment - (addressMaps[row - 1]?.firstSegment ?? 0),
          ),
        ),
  };
}

function toCopySteps(files: readonly FileRow[]): number[] {
  let expected = 0;
  return files.flatMap(({ origin }) => {
    if (origin.kind !== 'copy') return [];
    const step = origin.oldFile - expected;
    expected = origin.oldFile + 1;
    return [step];
  });
}

function toPieceColumns(
  files: readonly FileRow[],
): Pick<Columns<Listing>, 'pieceCount' | 'pieceOffset' | 'pieceLength'> {
  const made = files.flatMap(({ origin }) => (origin.kind === 'made' ? [origin.pieces] : []));
  const pieces = made.flat();
  let end = 0;
  const steps = pieces.map(({ offset, length }) => {
    const step = offset - end;
    end = offset + length;
    return step;
  });
  return {
    pieceCount: serializeUnsignedColumn(made.map((list) => list.length)),
    pieceOffset: serializeSignedColumn(steps),
    pieceLength: serializeUnsignedColumn(pieces.map((piece) => piece.length)),
  };
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
