import { isAscii, isUtf8 } from 'node:buffer';
import { PATH_CHARACTERS_MAX } from '../paths/path-policy.ts';
import { isPause, type Slices } from '../threads/slices.ts';
import { formatErrors } from './format-errors.ts';
import { ColumnRows } from './rows.ts';
import { parseUnsignedColumn } from './varint-column.ts';

/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const PATH_BYTES_MAX = PATH_CHARACTERS_MAX * 3;

/** Sorted paths as they are written: how much of each is that of the one before, and the rest. */
export interface SharedPaths {
  readonly count: number;
  readonly pathShared: Uint8Array;
  readonly pathRestLength: Uint8Array;
  readonly pathRest: Uint8Array;
}

/**
 * Read sorted paths, and keep them as bytes.
 * @throws {AppError} `FORMAT_…` when they are not strictly ascending, not in the shortest form, too long or no text.
 */
export function* toPathRows(columns: SharedPaths): Slices<ColumnRows<string>> {
  const { count, pathRest } = columns;
  const shared = parseUnsignedColumn(columns.pathShared, count, 'entries.path_shared');
  yield;
  const lengths = parseUnsignedColumn(columns.pathRestLength, count, 'entries.path_rest_length');
  yield;
  const ends = new Float64Array(count + 1);
  for (let row = 0; row < count; row++) {
    const length = (shared[row] as number) + (lengths[row] as number);
    // Paths longer than the policy allows are refused before they can pile up.
    if (length > PATH_BYTES_MAX) throw malformed('a path is too long');
    ends[row + 1] = (ends[row] as number) + length;
  }
  checkRests(columns, shared, lengths);
  const bytes = Buffer.allocUnsafeSlow(ends[count] as number);
  const rests = Buffer.from(pathRest.buffer, pathRest.byteOffset, pathRest.length);
  let at = 0;
  for (let row = 0; row < count; row++) {
    if (isPause(row)) yield;
    const start = ends[row] as number;
    const before = row === 0 ? 0 : (ends[row - 1] as number);
    const common = shared[row] as number;
    // Strictly ascending, and no more could have been shared: the first differing byte must be larger.
    const next = before + common < start ? (bytes[before + common] as number) : -1;
    if (next >= (rests[at] as number)) throw malformed('its paths are not sorted or cut short');
    bytes.copyWithin(start, before, before + common);
    const end = at + (lengths[row] as number);
    rests.copy(bytes, start + common, at, end);
    at = end;
  }
  yield* checkText(bytes, ends);
  return new ColumnRows(count, (row) => bytes.toString('utf8', ends[row], ends[row + 1]));
}

/** Before memory is taken for the paths: a few bytes may say much longer ones. */
function checkRests({ pathRest }: SharedPaths, shared: Float64Array, lengths: Float64Array): void {
  let restBytes = 0;
  let length = 0;
  for (let row = 0; row < lengths.length; row++) {
    const rest = lengths[row] as number;
    if (rest === 0 || (shared[row] as number) > length)
      throw malformed('its paths are not sorted or cut short');
    restBytes += rest;
    length = (shared[row] as number) + rest;
  }
  if (restBytes > pathRest.length) throw malformed('its paths are not sorted or cut short');
  if (restBytes < pathRest.length) throw malformed('bytes follow the last path');
}

/** Each path alone: a character may not begin in one and end in the next. */
function* checkText(bytes: Uint8Array, ends: Float64Array): Slices<void> {
  if (isAscii(bytes)) return;
  for (let row = 0; row + 1 < ends.length; row++) {
    if (isPause(row)) yield;
    if (isUtf8(bytes.subarray(ends[row], ends[row + 1]))) continue;
    throw formatErrors.error('FORMAT_MANIFEST_MALFORMED', { reason: 'a text is not UTF-8' });
  }
}

function malformed(reason: string): Error {
  return formatErrors.error('FORMAT_MANIFEST_MALFORMED', { reason });
}
