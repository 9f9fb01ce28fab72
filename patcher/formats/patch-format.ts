import { AddressMapRoom } from './address-map-room.ts';
import { serializeFramedHeader } from './framed-header.ts';
import type { OldFile, Patch, PatchEntry, UnplacedSegment } from './patch.ts';
import {
  toAddressMapColumns,
  toListingColumns,
  toOldFileColumns,
  toSegmentColumns,
} from './patch-columns.ts';
import { PATCH_FILE } from './patch-header-parser.ts';
import { writePatchMessage } from './patch-message.ts';

/** Everything a patch's header says, before it is laid out. */
export type PatchHeader = Omit<Patch, 'entries' | 'oldFiles' | 'segments'> & {
  readonly entries: readonly PatchEntry[];
  readonly oldFiles: readonly OldFile[];
  readonly segments: readonly UnplacedSegment[];
};

/**
 * Write what stands before the segments' bodies: preamble and header. The bodies follow in order.
 * @param how `quick` to compress it less, for less time.
 * @throws {RangeError} When a reader would refuse it: who makes address maps drops those there is no room for.
 * @see docs/formats/patch.md
 */
export function serializePatchHeader(
  header: PatchHeader,
  how: { readonly quick?: boolean } = {},
): Uint8Array {
  const room = new AddressMapRoom();
  if (!header.addressMaps.every(({ map }) => room.take(map))) {
    throw new RangeError('address maps are larger than a patch allows');
  }
  const message = writePatchMessage({
    oldTreeDigest: Buffer.from(header.oldTreeDigest, 'hex'),
    newTreeDigest: Buffer.from(header.newTreeDigest, 'hex'),
    oldFilesDigest: Buffer.from(header.oldFilesDigest, 'hex'),
    listing: toListingColumns(header.entries),
    oldFiles: toOldFileColumns(header.oldFiles),
    segments: toSegmentColumns(header.segments),
    addressMaps: toAddressMapColumns(header.addressMaps),
  });
  return serializeFramedHeader(PATCH_FILE, message, how);
}
