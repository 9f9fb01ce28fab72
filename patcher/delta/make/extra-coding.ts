import { ExtraMixingCoder } from '../../kernels/extra-mixing/extra-mixing-coder.ts';
import type { RowTriples } from '../../kernels/rows/rows-coder.ts';
import type { Effort } from '../effort.ts';
import { listGaps } from '../match/row-triples.ts';
import { EXTRA_CODING } from '../segment-coding.ts';
import { segmentCoders } from './segment-coders.ts';

/** A segment of which the bytes in no row are coded. */
export interface ExtraSides {
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
  const bytes = segmentCoders().extra.encode({ newBytes, gaps, level: effort });
  return { coding: EXTRA_CODING.matched, bytes };
}

function openMixing({ newBytes, rows, oldBytes }: ExtraSides): ExtraMixingCoder {
  const sizes = { oldSizeBytes: oldBytes.length, newSizeBytes: newBytes.length };
  const coder = new ExtraMixingCoder({ ...sizes, rows }, segmentCoders().mixingPlaces);
  coder.oldBytes.set(oldBytes);
  return coder;
}
