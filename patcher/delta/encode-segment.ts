import { create, toBinary } from '@bufbuild/protobuf';
import { SegmentSchema } from '../formats/gen/patch_pb.ts';
import { SEGMENT_NEW_BYTES_MAX, SEGMENT_PACKED_BYTES_MAX } from '../formats/patch.ts';
import { DifferencesCoder, type DifferencesLevel } from '../kernels/differences/differences-coder.ts';
import { encodeRows, type RowTriples } from '../kernels/rows/rows-coder.ts';
import { throwIfStopped } from '../threads/stop-flag.ts';
import type { Alignment } from './alignment.ts';
import type { Effort } from './effort.ts';
import { encodeExtra } from './extra-coding.ts';
import { countAlignedBytes, gatherNew, gatherOld, listGaps, toRowTriples } from './row-triples.ts';
import { DIFFERENCES_CODING } from './segment-coding.ts';

/** Everything a segment is made of, in memory. */
export interface SegmentInput {
  readonly newBytes: Uint8Array;
  /** The segment's old ranges laid end to end. */
  readonly oldBytes: Uint8Array;
  /** `oldStart` counts in `oldBytes`; at most `SEGMENT_ROWS_MAX` rows. */
  readonly alignment: Alignment;
  readonly effort: Effort;
}

/** What became of a segment's new bytes, and what each part takes in the patch. */
export interface EncodedSegment {
  readonly body: Uint8Array;
  readonly rows: number;
  readonly alignedBytes: number;
  readonly rowsPackedBytes: number;
  readonly differencesPackedBytes: number;
  readonly extraPackedBytes: number;
}

const DIFFERENCES_LEVEL = { fast: 'quick', default: 'quick', max: 'full' } as const satisfies Record<
  Effort,
  DifferencesLevel
>;

/** The thread's coder: its memory serves one segment after the other. */
let differencesCoder: DifferencesCoder | undefined;

/** Code a segment's body. The same input gives the same bytes everywhere. */
export function encodeSegment({ newBytes, oldBytes, alignment, effort }: SegmentInput): EncodedSegment {
  const rows = toRowTriples(alignment);
  const codedRows = encodeRows(rows);
  const differences = encodeDifferences(rows, newBytes, oldBytes, DIFFERENCES_LEVEL[effort]);
  throwIfStopped();
  const extra = encodeExtra({ newBytes, gaps: listGaps(rows, newBytes.length), effort });
  const body = toBinary(
    SegmentSchema,
    create(SegmentSchema, {
      rowCount: alignment.count,
      rows: codedRows,
      differencesCoding: differences.length === 0 ? 0 : DIFFERENCES_CODING[DIFFERENCES_LEVEL[effort]],
      differences,
      extraCoding: extra.coding,
      extra: extra.bytes,
    }),
  );
  if (newBytes.length > SEGMENT_NEW_BYTES_MAX || body.length > SEGMENT_PACKED_BYTES_MAX) {
    throw new RangeError('a segment is larger than its format allows');
  }
  return {
    body,
    rows: alignment.count,
    alignedBytes: countAlignedBytes(rows),
    rowsPackedBytes: codedRows.length,
    differencesPackedBytes: differences.length,
    extraPackedBytes: extra.bytes.length,
  };
}

function encodeDifferences(
  rows: RowTriples,
  newBytes: Uint8Array,
  oldBytes: Uint8Array,
  level: DifferencesLevel,
): Uint8Array {
  const alignedBytes = countAlignedBytes(rows);
  const predicted = new Uint8Array(alignedBytes);
  const actual = new Uint8Array(alignedBytes);
  gatherOld(rows, oldBytes, predicted);
  gatherNew(rows, newBytes, actual);
  differencesCoder ??= new DifferencesCoder();
  return differencesCoder.encode({ predicted, actual, level });
}
