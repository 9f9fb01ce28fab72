import type { ExtraLevel } from '../../kernels/extra/extra-coder.ts';
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

/**
 * Extra bytes of which a mixed coding may take more than a matched one: its models have not learnt yet. Where there are more it
 * wins by far more than it may lose, and trying both would take time for nothing.
 */
const FEW_BYTES = 2 ** 16;

/** Code the bytes in no row: at effort `max` for size alone, else so that they decode at disk speed. */
export function encodeExtra(sides: ExtraSides, effort: Effort): CodedExtra {
  const gaps = listGaps(sides.rows, sides.newBytes.length);
  if (effort !== 'max') return encodeMatched(sides, gaps, effort);
  const isFew = countBytes(gaps) <= FEW_BYTES;
  const matched = isFew ? encodeMatched(sides, gaps, 'default') : undefined;
  const coder = openMixing(sides);
  coder.newBytes.set(sides.newBytes);
  const mixed = { coding: EXTRA_CODING.mixed, bytes: coder.encode() };
  return matched !== undefined && matched.bytes.length <= mixed.bytes.length ? matched : mixed;
}

function encodeMatched({ newBytes }: ExtraSides, gaps: Uint32Array, level: ExtraLevel): CodedExtra {
  return { coding: EXTRA_CODING.matched, bytes: segmentCoders().extra.encode({ newBytes, gaps, level }) };
}

function countBytes(gaps: Uint32Array): number {
  let sum = 0;
  for (let i = 1; i < gaps.length; i += 2) sum += gaps[i] as number;
  return sum;
}

function openMixing({ newBytes, rows, oldBytes }: ExtraSides): ExtraMixingCoder {
  const sizes = { oldSizeBytes: oldBytes.length, newSizeBytes: newBytes.length };
  const coder = new ExtraMixingCoder({ ...sizes, rows }, segmentCoders().mixingPlaces);
  coder.oldBytes.set(oldBytes);
  return coder;
}
