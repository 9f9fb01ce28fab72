import { atOnce, inSlices, type Slices } from '../threads/slices.ts';
import {
  type FileKind,
  parseFramePreamble,
  type Preamble,
  PREAMBLE_BYTES,
  unpackHeader,
} from './framed-header.ts';
import type { Sha256 } from './manifest.ts';
import type { Patch } from './patch.ts';
import { invalidPatch } from './patch-errors.ts';
import { type PatchMessage, readPatchMessage } from './patch-message.ts';
import { toListing } from './listing-rows.ts';
import { toAddressMaps, toInvalidPatch, toOldFiles, toSegments } from './patch-rows.ts';
import { SHA256_BYTES, sha256At } from './sha256.ts';

export const PATCH_FILE: FileKind = {
  // A byte that is no text, then a name that is.
  magic: Buffer.from('\u0089GPATCH\n', 'latin1'),
  // Version 1 was never published; patches are made anew, and a client without one updates by chunks.
  version: 2,
};

/**
 * Read the first bytes of a patch.
 * @param bytes At least `PREAMBLE_BYTES`, if the patch has that many.
 * @throws {AppError} `PATCH_FORMAT_INVALID`, `PATCH_VERSION_UNSUPPORTED`.
 */
export function parsePreamble(bytes: Uint8Array): Preamble {
  return parseFramePreamble(PATCH_FILE, bytes);
}

/**
 * Read a patch's header from anywhere: every count, index, sum, order, path and link is checked.
 * @param packed Exactly `preamble.headerPackedBytes` bytes.
 * @throws {AppError} `PATCH_FORMAT_INVALID`; `PATH_…` and `LINK_…` never leave unwrapped.
 */
export function parsePatchHeader(preamble: Preamble, packed: Uint8Array): Patch {
  return atOnce(parseBySlices(preamble, packed));
}

/** As {@link parsePatchHeader}, for a thread whose event loop has more to do. */
export function parsePatchHeaderInSlices(preamble: Preamble, packed: Uint8Array): Promise<Patch> {
  return inSlices(parseBySlices(preamble, packed));
}

function* parseBySlices(preamble: Preamble, packed: Uint8Array): Slices<Patch> {
  try {
    const message = readPatchMessage(unpackHeader(preamble, packed));
    yield;
    return yield* toPatch(message, PREAMBLE_BYTES + packed.length);
  } catch (error) {
    throw toInvalidPatch(error);
  }
}

function* toPatch(message: PatchMessage, bodiesOffset: number): Slices<Patch> {
  if (!message.listing || !message.oldFiles || !message.segments) throw invalidPatch('a part is missing');
  const { files: oldFiles, sizes } = yield* toOldFiles(message.oldFiles);
  const segments = yield* toSegments(message.segments, sizes, bodiesOffset);
  const last = segments.at(-1);
  const madeBytes = last === undefined ? 0 : last.newOffset + last.newBytes;
  return {
    oldTreeDigest: toDigest(message.oldTreeDigest),
    newTreeDigest: toDigest(message.newTreeDigest),
    oldFilesDigest: toDigest(message.oldFilesDigest),
    entries: yield* toListing(message.listing, sizes, madeBytes),
    oldFiles,
    segments,
    addressMaps:
      message.addressMaps === undefined
        ? []
        : toAddressMaps(message.addressMaps, oldFiles.length, segments.length),
  };
}

function toDigest(bytes: Uint8Array): Sha256 {
  if (bytes.length !== SHA256_BYTES) throw invalidPatch('a digest is not 32 bytes long');
  return sha256At(bytes, 0);
}
