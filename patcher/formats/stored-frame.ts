/** Every frame begins with it (RFC 8878, section 3.1.1). */
const MAGIC = 0xfd2fb528;
const BLOCK_HEADER_BYTES = 3;
/** The block's bytes, as they are. */
const RAW_BLOCK = 0;
/** Largest content of a block (RFC 8878, section 3.1.1.2.4). */
const BLOCK_BYTES_MAX = 128 * 1024;

/**
 * What a frame of zstd holds, where the encoder found nothing to compress and stored it: most pictures, sound and video.
 * Nothing is decoded or copied then.
 * @param frame All of it and nothing else.
 * @param sizeBytes What it should hold.
 * @returns Views of the frame, in order, of `sizeBytes` together; undefined for every other frame, also one that is
 *   corrupt: whether anything is wrong with it the decoder says.
 * @see RFC 8878, section 3.1.1
 */
export function findStored(frame: Uint8Array, sizeBytes: number): Uint8Array[] | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 5 || view.getUint32(0, true) !== MAGIC) return undefined;
  const stored: Uint8Array[] = [];
  let foundBytes = 0;
  let at = skipHeader(view.getUint8(4));
  // A frame with a checksum or a dictionary is none of ours.
  if (at === undefined) return undefined;
  for (;;) {
    if (at + BLOCK_HEADER_BYTES > frame.length) return undefined;
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    at += BLOCK_HEADER_BYTES;
    const blockBytes = header >> 3;
    if (((header >> 1) & 3) !== RAW_BLOCK || blockBytes > BLOCK_BYTES_MAX) return undefined;
    if (at + blockBytes > frame.length) return undefined;
    stored.push(frame.subarray(at, at + blockBytes));
    foundBytes += blockBytes;
    at += blockBytes;
    if ((header & 1) === 1) break;
  }
  return at === frame.length && foundBytes === sizeBytes ? stored : undefined;
}

/** @returns Where the first block begins; undefined for a frame with a checksum or a dictionary. */
function skipHeader(descriptor: number): number | undefined {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  const dictionaryFlag = descriptor & 0x03;
  if (hasChecksum || dictionaryFlag !== 0) return undefined;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  return 5 + (isSingleSegment ? 0 : 1) + sizeBytes;
}
