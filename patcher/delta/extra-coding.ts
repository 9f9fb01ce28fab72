import * as matched from '../kernels/extra/extra-coder.ts';
import { ExtraMixingCoder } from '../kernels/extra-mixing/extra-mixing-coder.ts';
import type { RowTriples } from '../kernels/rows/rows-coder.ts';
import { damaged } from './delta-errors.ts';
import type { Effort } from './effort.ts';
import { listGaps } from './row-triples.ts';
import { EXTRA_CODING } from './segment-coding.ts';

/** A segment of which the bytes in no row are coded. */
export interface ExtraSides {
  /** All new bytes; before decoding, those in rows. */
  readonly newBytes: Uint8Array;
  readonly rows: RowTriples;
  /** What the rows were compared with. */
  readonly oldBytes: Uint8Array;
}

export interface CodedExtra {
  /** One of `EXTRA_CODING`. */
  readonly coding: number;
  readonly bytes: Uint8Array;
}

/** Code the bytes in no row: at effort `max` for size alone, else so that they decode at disk speed. */
export function encodeExtra(sides: ExtraSides, effort: Effort): CodedExtra {
  if (effort === 'max') {
    const coder = openMixing(sides);
    coder.newBytes.set(sides.newBytes);
    return { coding: EXTRA_CODING.mixed, bytes: coder.encode() };
  }
  const { newBytes, rows } = sides;
  const gaps = listGaps(rows, newBytes.length);
  return { coding: EXTRA_CODING.matched, bytes: matched.encodeExtra({ newBytes, gaps, level: effort }) };
}

/**
 * Fill in the bytes in no row.
 * @throws {AppError} `PATCH_SEGMENT_DAMAGED`.
 */
export function decodeExtra({ coding, bytes }: CodedExtra, sides: ExtraSides): void {
  if (coding === EXTRA_CODING.mixed) decodeMixed(bytes, sides);
  else if (coding === EXTRA_CODING.matched) decodeMatched(bytes, sides);
  else throw damaged(`unknown coding of extra bytes ${coding}`);
}

function decodeMatched(coded: Uint8Array, { newBytes, rows }: ExtraSides): void {
  const gaps = listGaps(rows, newBytes.length);
  if (!matched.decodeExtra({ newBytes, gaps, coded })) throw damaged('its extra bytes cannot be read');
}

function decodeMixed(coded: Uint8Array, sides: ExtraSides): void {
  const coder = openMixing(sides);
  coder.newBytes.set(sides.newBytes);
  if (!coder.decode(coded)) throw damaged('its extra bytes cannot be read');
  sides.newBytes.set(coder.newBytes);
}

function openMixing({ newBytes, rows, oldBytes }: ExtraSides): ExtraMixingCoder {
  const coder = new ExtraMixingCoder({ oldSizeBytes: oldBytes.length, newSizeBytes: newBytes.length, rows });
  coder.oldBytes.set(oldBytes);
  return coder;
}
