import { formatErrors } from './format-errors.ts';

/** Shortest-form varints below 2^53 take at most this many bytes. */
const VARINT_BYTES_MAX = 8;
const LOW_SEVEN_BITS = 0x80;

/**
 * Write numbers as unsigned LEB128 varints, one after the other.
 * @param values Integers, 0 to 2^53 - 1.
 */
export function serializeUnsignedColumn(values: ArrayLike<number>): Uint8Array {
  let bytes = new Uint8Array(Math.max(16, values.length * 2));
  let end = 0;
  for (let row = 0; row < values.length; row++) {
    if (end + VARINT_BYTES_MAX > bytes.length) bytes = grow(bytes);
    let rest = values[row] as number;
    while (rest >= LOW_SEVEN_BITS) {
      bytes[end++] = (rest % LOW_SEVEN_BITS) | LOW_SEVEN_BITS;
      rest = Math.floor(rest / LOW_SEVEN_BITS);
    }
    bytes[end++] = rest;
  }
  return bytes.subarray(0, end);
}

/** Write differences: zigzag, so that small ones of either sign stay small, then as unsigned varints. */
export function serializeSignedColumn(values: ArrayLike<number>): Uint8Array {
  const zigzag = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    zigzag[row] = value < 0 ? -2 * value - 1 : 2 * value;
  }
  return serializeUnsignedColumn(zigzag);
}

/**
 * Read a column of unsigned varints.
 * @param count Rows that must be there, already bounded by the caller.
 * @param column Name of the column, for the error.
 * @throws {AppError} `FORMAT_COLUMN_MALFORMED` when it holds fewer or more rows, a number beyond 2^53, or one
 *   not in its shortest form.
 */
export function parseUnsignedColumn(bytes: Uint8Array, count: number, column: string): Float64Array {
  if (bytes.length < count) throw malformed(column, 'it ends too early');
  const values = new Float64Array(count);
  let at = 0;
  for (let row = 0; row < count; row++) {
    let value = 0;
    let scale = 1;
    let byte: number;
    do {
      if (at >= bytes.length) throw malformed(column, 'it ends too early');
      byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      scale *= LOW_SEVEN_BITS;
      if (value > Number.MAX_SAFE_INTEGER) throw malformed(column, 'a number is too large');
    } while (byte >= LOW_SEVEN_BITS && scale <= 2 ** 49);
    if (byte >= LOW_SEVEN_BITS) throw malformed(column, 'a number is too long');
    if (byte === 0 && scale > LOW_SEVEN_BITS) throw malformed(column, 'a number is padded');
    values[row] = value;
  }
  if (at !== bytes.length) throw malformed(column, 'it has more rows than stated');
  return values;
}

/** Read a column of zigzag differences; errors as in {@link parseUnsignedColumn}. */
export function parseSignedColumn(bytes: Uint8Array, count: number, column: string): Float64Array {
  const values = parseUnsignedColumn(bytes, count, column);
  for (let row = 0; row < count; row++) {
    const zigzag = values[row] as number;
    values[row] = zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
  }
  return values;
}

function grow(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

function malformed(column: string, reason: string): Error {
  return formatErrors.error('FORMAT_COLUMN_MALFORMED', { column, reason });
}
