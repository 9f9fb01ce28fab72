import type { AddressMap } from '../executables/address-map.ts';
import type { Sha256 } from './manifest.ts';
import type { Rows } from './rows.ts';

/** Where a file of the new tree comes from. */
export type FileOrigin =
  /** The same bytes as a whole old file; row in {@link Patch.oldFiles}. */
  | { readonly kind: 'copy'; readonly oldFile: number }
  /** Pieces of the made bytes, in the file's order; content that occurs twice in the new tree is made once. */
  | { readonly kind: 'made'; readonly pieces: readonly MadePiece[] };

/** A stretch of the made bytes. */
export interface MadePiece {
  readonly offset: number;
  readonly length: number;
}

/** One entry of the new tree. Files carry no hash of their own: segments do, and the tree's digest covers all. */
export type PatchEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly sizeBytes: number;
      readonly origin: FileOrigin;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number };

/** A file of the old tree that the patch reads. */
export interface OldFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** A range of one old file. */
export interface OldRange {
  /** Row in {@link Patch.oldFiles}. */
  readonly oldFile: number;
  readonly offset: number;
  readonly length: number;
}

/** How the addresses of one old executable moved. */
export interface PatchAddressMap {
  /** Row in {@link Patch.oldFiles}. */
  readonly oldFile: number;
  /**
   * Row in {@link Patch.segments}. Segments made together share maps: those of a segment are the maps with the
   * largest `firstSegment` that is not behind it.
   */
  readonly firstSegment: number;
  readonly map: AddressMap;
}

/** One independent part of a patch: fetched, checked and applied alone. */
export interface PatchSegment {
  /** Where its body lies in the patch file. */
  readonly offset: number;
  readonly packedBytes: number;
  readonly packedSha256: Sha256;
  /** Which made bytes it produces. */
  readonly newOffset: number;
  readonly newBytes: number;
  readonly newSha256: Sha256;
  /** The old bytes it reads, laid end to end in this order. */
  readonly oldRanges: Rows<OldRange>;
}

/** A patch's header: everything but the bodies of its segments. */
export interface Patch {
  readonly oldTreeDigest: Sha256;
  readonly newTreeDigest: Sha256;
  /** Digest of {@link Patch.oldFiles} with their hashes; see `computeTreeDigest`. */
  readonly oldFilesDigest: Sha256;
  readonly entries: Rows<PatchEntry>;
  readonly oldFiles: Rows<OldFile>;
  /** In the order of the made bytes; together they produce all of them. */
  readonly segments: readonly PatchSegment[];
  /** Sorted by `firstSegment`, then by `oldFile`; no two have both in common. */
  readonly addressMaps: readonly PatchAddressMap[];
}

/** A segment before its place in the file is known. */
export type UnplacedSegment = Omit<PatchSegment, 'offset' | 'newOffset'>;

/** Most made bytes of one segment: what a reader holds at once, and loses at most when interrupted. */
export const SEGMENT_NEW_BYTES_MAX = 8 * 2 ** 20;
/** Most old bytes of one segment, expanded or not: its new bytes, and as much again between ranges read in one go. */
export const SEGMENT_OLD_BYTES_MAX = 16 * 2 ** 20;
/** Most new bytes of a segment whose streams are expanded: what a reader holds beside the old ones. */
export const SEGMENT_EXPANDED_NEW_BYTES_MAX = 12 * 2 ** 20;
/** Most bytes of a segment's body: its streams cannot usefully be longer than the bytes they make. */
export const SEGMENT_PACKED_BYTES_MAX = 13 * 2 ** 20;
/** Most rows of one segment: one in 64 bytes, twice as many as any real one was seen to have. */
export const SEGMENT_ROWS_MAX = 2 ** 17;
