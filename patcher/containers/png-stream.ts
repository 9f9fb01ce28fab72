import { type ContainerReader, readUpTo } from './container-reader.ts';
import { type DeflateStream, INFLATED_BYTES_MAX, PIECES_MAX, type Piece } from './deflate-stream.ts';

const SIGNATURE_HIGH = 0x89504e47;
const SIGNATURE_LOW = 0x0d0a1a0a;
const SIGNATURE_BYTES = 8;
/** Length and type before a chunk's data, a checksum behind. */
const CHUNK_HEAD_BYTES = 8;
const CHUNK_CHECK_BYTES = 4;
const IHDR = 0x49484452;
const IDAT = 0x49444154;
const IEND = 0x49454e44;
const IHDR_BYTES = 13;
/** Text, palettes and the like come before the image; PNGs have a handful. */
const OTHER_CHUNKS_MAX = 1024;
const ZLIB_HEADER_BYTES = 2;
const ZLIB_CHECK_BYTES = 4;
/** Samples of a pixel by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Adam7: where each pass begins, and its steps. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * The image of a PNG: its IDAT chunks joined, without the header and the checksum of zlib.
 * @see https://www.w3.org/TR/png-3/
 */
export function findPngStream(reader: ContainerReader): DeflateStream | undefined {
  const head = readUpTo(reader, 0, SIGNATURE_BYTES + CHUNK_HEAD_BYTES + IHDR_BYTES);
  if (head.byteLength < SIGNATURE_BYTES + CHUNK_HEAD_BYTES + IHDR_BYTES) return undefined;
  if (head.getUint32(0) !== SIGNATURE_HIGH || head.getUint32(4) !== SIGNATURE_LOW) return undefined;
  if (head.getUint32(8) !== IHDR_BYTES || head.getUint32(12) !== IHDR) return undefined;
  const inflatedBytes = imageBytes(head);
  if (inflatedBytes === undefined || inflatedBytes > INFLATED_BYTES_MAX) return undefined;
  const pieces = cut(findImageChunks(reader));
  if (pieces.length === 0) return undefined;
  const packedBytes = pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { kind: 'png', pieces, packedBytes, inflatedBytes };
}

function imageBytes(head: DataView): number | undefined {
  const width = head.getUint32(16);
  const height = head.getUint32(20);
  const samples = SAMPLES[head.getUint8(25)];
  if (samples === undefined || width === 0 || height === 0) return undefined;
  const bits = samples * head.getUint8(24);
  const interlaced = head.getUint8(28) === 1;
  if (!interlaced) return rowsBytes(width, height, bits);
  return PASSES.reduce((sum, [left, top, right, down]) => {
    return sum + rowsBytes(Math.ceil((width - left) / right), Math.ceil((height - top) / down), bits);
  }, 0);
}

/** Each row has a byte that names its filter. */
function rowsBytes(width: number, height: number, bits: number): number {
  return width <= 0 || height <= 0 ? 0 : height * (1 + Math.ceil((width * bits) / 8));
}

function findImageChunks(reader: ContainerReader): readonly Piece[] {
  const chunks: Piece[] = [];
  let others = 0;
  let at = SIGNATURE_BYTES;
  while (chunks.length < PIECES_MAX && others < OTHER_CHUNKS_MAX) {
    const view = readUpTo(reader, at, CHUNK_HEAD_BYTES);
    if (view.byteLength < CHUNK_HEAD_BYTES) return [];
    const sizeBytes = view.getUint32(0);
    const type = view.getUint32(4);
    const offset = at + CHUNK_HEAD_BYTES;
    if (offset + sizeBytes + CHUNK_CHECK_BYTES > reader.sizeBytes) return [];
    if (type === IDAT) chunks.push({ offset, sizeBytes });
    else if (chunks.length > 0 || type === IEND) return chunks;
    else others++;
    at = offset + sizeBytes + CHUNK_CHECK_BYTES;
  }
  return [];
}

/** Leave out zlib's header at the beginning and its checksum at the end, wherever chunks cut them. */
function cut(chunks: readonly Piece[]): readonly Piece[] {
  const total = chunks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let at = 0;
  return chunks
    .map(({ offset, sizeBytes }) => {
      const start = Math.max(0, ZLIB_HEADER_BYTES - at);
      const end = Math.min(sizeBytes, total - ZLIB_CHECK_BYTES - at);
      at += sizeBytes;
      return { offset: offset + start, sizeBytes: end - start };
    })
    .filter(({ sizeBytes }) => sizeBytes > 0);
}
