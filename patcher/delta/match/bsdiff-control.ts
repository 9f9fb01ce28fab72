import { createRequire } from 'node:module';
import { type Alignment, AlignmentBuilder } from './alignment.ts';

/** `BSDIFF40`, then the lengths of the control block, the difference block and the new file, 8 bytes each. */
const MAGIC = 'BSDIFF40';
const HEADER_BYTES = 32;
/** Three numbers a triple: bytes to add to old ones, bytes stored as they are, seek in old. */
const TRIPLE_BYTES = 24;
/** A control block this long describes no file that is affordable. */
const CONTROL_BYTES_MAX = 64 * 2 ** 20;

/** The part of seek-bzip that is used; the package has no types of its own. */
interface Bzip {
  decode(input: Uint8Array): Buffer;
}

/** Loaded when it is needed: every thread imports this module, and few ever call it. */
function loadBzip(): Bzip {
  return createRequire(import.meta.url)('seek-bzip') as Bzip;
}

/**
 * Read the alignment out of a bsdiff patch. Only its control block is decompressed: the differences follow from the
 * files.
 * @param sizes Of the two files; rows are cut to them, since bsdiff's own may leave the old one.
 * @returns `undefined` when the patch is not one, or does not make a file of that size.
 */
export function parseBsdiffControl(
  patch: Buffer,
  sizes: { readonly oldBytes: number; readonly newBytes: number },
): Alignment | undefined {
  const control = readControl(patch, sizes.newBytes);
  if (control === undefined) return undefined;
  const rows = new AlignmentBuilder();
  let newPosition = 0;
  let oldPosition = 0;
  for (let at = 0; at < control.length; at += TRIPLE_BYTES) {
    const length = readSigned(control, at);
    const stored = readSigned(control, at + 8);
    if (!(length >= 0 && stored >= 0 && newPosition + length + stored <= sizes.newBytes)) return undefined;
    const before = Math.max(0, -oldPosition);
    const inside = Math.min(length, sizes.oldBytes - oldPosition) - before;
    rows.add(newPosition + before, oldPosition + before, inside);
    newPosition += length + stored;
    oldPosition += length + readSigned(control, at + 16);
  }
  return newPosition === sizes.newBytes ? rows.build() : undefined;
}

function readControl(patch: Buffer, newBytes: number): Buffer | undefined {
  if (patch.length < HEADER_BYTES || patch.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const packedBytes = readSigned(patch, 8);
  const fits = packedBytes > 0 && HEADER_BYTES + packedBytes <= patch.length;
  if (!fits || readSigned(patch, 24) !== newBytes) return undefined;
  const bzip = loadBzip();
  try {
    const control = bzip.decode(patch.subarray(HEADER_BYTES, HEADER_BYTES + packedBytes));
    return control.length > CONTROL_BYTES_MAX || control.length % TRIPLE_BYTES !== 0 ? undefined : control;
  } catch {
    // Not a fault of ours or of the build: bsdiff's answer is then simply not used.
    return undefined;
  }
}

/** bsdiff's integers: little-endian magnitude of 63 bits, sign in the top bit. */
function readSigned(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  const magnitude = Number(value & 0x7fffffffffffffffn);
  return value >> 63n === 1n ? -magnitude : magnitude;
}
