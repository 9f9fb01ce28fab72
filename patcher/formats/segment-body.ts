/** A segment's parts as its body holds them; each is coded. What the numbers mean is `segment-coding.ts`'s. */
export interface SegmentBody {
  readonly rowCount: number;
  readonly rows: Uint8Array;
  /** Old bytes are rewritten by their files' address maps before anything is made of them. */
  readonly predicted: boolean;
  /** If they are: x86-64 code in blocks that rows reach into only. */
  readonly touchedOnly: boolean;
  readonly differencesCoding: number;
  readonly differences: Uint8Array;
  readonly extraCoding: number;
  readonly extra: Uint8Array;
  /** What is expanded, if anything is. */
  readonly expanded?: ExpandedParts | undefined;
}

/** The part of a body that tells which streams are expanded. @see docs/formats/containers.md */
export interface ExpandedParts {
  /** How long the old ranges are once expanded. */
  readonly oldBytes: number;
  /** How long the new bytes are that rows, differences and extra bytes make. */
  readonly newBytes: number;
  /** An expansion in a zstd frame. */
  readonly packed: Uint8Array;
}

/** Coding of differences u8, of extra bytes u8, flags u16, count of rows, length of rows and of differences u32. */
const HEAD_BYTES = 16;
const FLAGS = { predicted: 1, expanded: 2, touchedOnly: 4 } as const;
const ALL_FLAGS = FLAGS.predicted | FLAGS.expanded | FLAGS.touchedOnly;
/** Behind the head where something is expanded: lengths of old and new bytes and of the expansion, u32. */
const EXPANDED_HEAD_BYTES = 12;

/**
 * A head of fixed length, then the expansion if there is one, rows, differences and extra bytes; little-endian.
 * @see docs/formats/patch.md#segment
 */
export function serializeSegmentBody(body: SegmentBody): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(body.differencesCoding, 0);
  head.writeUInt8(body.extraCoding, 1);
  const { predicted, expanded, touchedOnly } = body;
  const flags =
    (predicted ? FLAGS.predicted : 0) |
    (expanded ? FLAGS.expanded : 0) |
    (touchedOnly ? FLAGS.touchedOnly : 0);
  head.writeUInt16LE(flags, 2);
  head.writeUInt32LE(body.rowCount, 4);
  head.writeUInt32LE(body.rows.length, 8);
  head.writeUInt32LE(body.differences.length, 12);
  const expansion = expanded === undefined ? [] : serializeExpanded(expanded);
  return Buffer.concat([head, ...expansion, body.rows, body.differences, body.extra]);
}

function serializeExpanded({ oldBytes, newBytes, packed }: ExpandedParts): Uint8Array[] {
  const head = Buffer.alloc(EXPANDED_HEAD_BYTES);
  [oldBytes, newBytes, packed.length].forEach((number, i) => head.writeUInt32LE(number, 4 * i));
  return [head, packed];
}

/**
 * Read a body; its parts are views of it.
 * @returns `undefined` when parts end behind it, or it has flags of a later version.
 */
export function parseSegmentBody(bytes: Uint8Array): SegmentBody | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const head = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
  const flags = head.getUint16(2, true);
  if (flags > ALL_FLAGS) return undefined;
  const expanded = (flags & FLAGS.expanded) === 0 ? undefined : parseExpanded(bytes.subarray(HEAD_BYTES));
  if ((flags & FLAGS.expanded) !== 0 && expanded === undefined) return undefined;
  const rowsAt = HEAD_BYTES + (expanded === undefined ? 0 : EXPANDED_HEAD_BYTES + expanded.packed.length);
  const differencesAt = rowsAt + head.getUint32(8, true);
  const extraAt = differencesAt + head.getUint32(12, true);
  if (extraAt > bytes.length) return undefined;
  return {
    rowCount: head.getUint32(4, true),
    rows: bytes.subarray(rowsAt, differencesAt),
    predicted: (flags & FLAGS.predicted) !== 0,
    touchedOnly: (flags & FLAGS.touchedOnly) !== 0,
    differencesCoding: head.getUint8(0),
    differences: bytes.subarray(differencesAt, extraAt),
    extraCoding: head.getUint8(1),
    extra: bytes.subarray(extraAt),
    expanded,
  };
}

/** @param bytes What follows the head. */
function parseExpanded(bytes: Uint8Array): ExpandedParts | undefined {
  if (bytes.length < EXPANDED_HEAD_BYTES) return undefined;
  const head = new DataView(bytes.buffer, bytes.byteOffset, EXPANDED_HEAD_BYTES);
  const end = EXPANDED_HEAD_BYTES + head.getUint32(8, true);
  if (end > bytes.length) return undefined;
  const packed = bytes.subarray(EXPANDED_HEAD_BYTES, end);
  return { oldBytes: head.getUint32(0, true), newBytes: head.getUint32(4, true), packed };
}
