export type ContainerKind = 'zip' | 'gzip' | 'png';

/** A stretch of a file. */
export interface Piece {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Raw deflate (RFC 1951, without the headers of zlib or gzip) somewhere in a file, as its container describes it. */
export interface DeflateStream {
  readonly kind: ContainerKind;
  /** Where it lies, in order; more than one only in PNG, which cuts its stream into chunks. */
  readonly pieces: readonly Piece[];
  /** Sum of the pieces. */
  readonly packedBytes: number;
  /** What it says it inflates to. */
  readonly inflatedBytes: number;
}

/**
 * No larger stream is expanded, so that a reader inflates one whole whatever range it needs, and a segment holds it
 * twice.
 */
export const INFLATED_BYTES_MAX = 8 * 2 ** 20;
/** A stream that is larger than its content is not expanded. */
export const PACKED_BYTES_MAX = 8 * 2 ** 20;
/** Below this a stream's own record costs about what expanding it wins. */
export const PACKED_BYTES_MIN = 64;
/**
 * How much work packing all streams of a segment again may take, in candidates that zlib's search looks at (see
 * `DeflateCoder.rebuildWork`): a few seconds. zlib's level 9 takes some tens for each byte of real content.
 */
export const COLLAPSE_WORK_MAX = 2 ** 30;
/** PNG cuts its stream into chunks of 8 KiB and more. */
export const PIECES_MAX = 4096;
/** Where pieces are smaller on average, a segment might hold more cuts than an expansion may list. */
const PIECE_BYTES_MIN = 512;

/** True for a stream of a size worth expanding. */
export function isWorthwhile(stream: DeflateStream): boolean {
  const { packedBytes, inflatedBytes, pieces } = stream;
  return (
    packedBytes >= PACKED_BYTES_MIN &&
    inflatedBytes >= packedBytes &&
    inflatedBytes <= INFLATED_BYTES_MAX &&
    pieces.length <= Math.min(PIECES_MAX, 1 + packedBytes / PIECE_BYTES_MIN)
  );
}
