import {
  parseSignedColumn,
  parseUnsignedColumn,
  serializeSignedColumn,
  serializeUnsignedColumn,
} from '../formats/varint-column.ts';
import { type Alignment, AlignmentBuilder } from './alignment.ts';
import { damaged } from './delta-errors.ts';

/** An alignment as three columns, each nearly sorted by itself and so better compressed apart. */
export interface ControlStreams {
  readonly rowCount: number;
  /** Varints: new bytes stored as they are before each row. */
  readonly gaps: Uint8Array;
  /** Varints: length of each row. */
  readonly lengths: Uint8Array;
  /** Zigzag varints: where the row begins in old, minus where the row before ended. */
  readonly seeks: Uint8Array;
}

/** Write an alignment as columns. */
export function serializeControl(alignment: Alignment): ControlStreams {
  const { count, newStart, oldStart, length } = alignment;
  const gaps = new Float64Array(count);
  const seeks = new Float64Array(count);
  let newEnd = 0;
  let oldEnd = 0;
  for (let row = 0; row < count; row++) {
    const rowBytes = length[row] as number;
    gaps[row] = (newStart[row] as number) - newEnd;
    seeks[row] = (oldStart[row] as number) - oldEnd;
    newEnd = (newStart[row] as number) + rowBytes;
    oldEnd = (oldStart[row] as number) + rowBytes;
  }
  return {
    rowCount: count,
    gaps: serializeUnsignedColumn(gaps),
    lengths: serializeUnsignedColumn(length),
    seeks: serializeSignedColumn(seeks),
  };
}

/**
 * Read an alignment from untrusted columns.
 * @param bounds How many bytes there are on both sides; every row lies inside.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED` or `FORMAT_COLUMN_MALFORMED`.
 */
export function parseControl(
  streams: ControlStreams,
  bounds: { readonly newBytes: number; readonly oldBytes: number },
): Alignment {
  const { rowCount } = streams;
  const gaps = parseUnsignedColumn(streams.gaps, rowCount, 'gaps');
  const lengths = parseUnsignedColumn(streams.lengths, rowCount, 'lengths');
  const seeks = parseSignedColumn(streams.seeks, rowCount, 'seeks');
  const rows = new AlignmentBuilder();
  let newEnd = 0;
  let oldEnd = 0;
  for (let row = 0; row < rowCount; row++) {
    const length = lengths[row] as number;
    const newStart = newEnd + (gaps[row] as number);
    const oldStart = oldEnd + (seeks[row] as number);
    newEnd = newStart + length;
    oldEnd = oldStart + length;
    if (oldStart < 0 || newEnd > bounds.newBytes || oldEnd > bounds.oldBytes) {
      throw damaged('it points outside its bytes');
    }
    rows.add(newStart, oldStart, length);
  }
  return rows.build();
}
