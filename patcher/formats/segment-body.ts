/** A segment's parts as its body holds them; each is coded. What the numbers mean is `segment-coding.ts`'s. */
export interface SegmentBody {
  readonly rowCount: number;
  readonly rows: Uint8Array;
  /** Old bytes are rewritten by their files' address maps before anything is made of them. */
  readonly predicted: boolean;
  readonly differencesCoding: number;
  readonly differences: Uint8Array;
  readonly extraCoding: number;
  readonly extra: Uint8Array;
}

/** Coding of differences u8, of extra bytes u8, flags u16, count of rows, length of rows and of differences u32. */
const HEAD_BYTES = 16;
const FLAGS = { predicted: 1 } as const;

/** A head of fixed length, then rows, differences and extra bytes; little-endian. @see docs/formats/patch.md#segment */
export function serializeSegmentBody(body: SegmentBody): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(body.differencesCoding, 0);
  head.writeUInt8(body.extraCoding, 1);
  head.writeUInt16LE(body.predicted ? FLAGS.predicted : 0, 2);
  head.writeUInt32LE(body.rowCount, 4);
  head.writeUInt32LE(body.rows.length, 8);
  head.writeUInt32LE(body.differences.length, 12);
  return Buffer.concat([head, body.rows, body.differences, body.extra]);
}

/**
 * Read a body; its parts are views of it.
 * @returns `undefined` when parts end behind it, or it has flags of a later version.
 */
export function parseSegmentBody(bytes: Uint8Array): SegmentBody | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const head = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
  const flags = head.getUint16(2, true);
  const differencesAt = HEAD_BYTES + head.getUint32(8, true);
  const extraAt = differencesAt + head.getUint32(12, true);
  if (extraAt > bytes.length || flags > FLAGS.predicted) return undefined;
  return {
    rowCount: head.getUint32(4, true),
    rows: bytes.subarray(HEAD_BYTES, differencesAt),
    predicted: flags === FLAGS.predicted,
    differencesCoding: head.getUint8(0),
    differences: bytes.subarray(differencesAt, extraAt),
    extraCoding: head.getUint8(1),
    extra: bytes.subarray(extraAt),
  };
}
