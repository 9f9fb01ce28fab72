import type { AddressMap } from '../executables/address-map.ts';
import { OldBytesPredictor, type PredictedBytes } from '../executables/predict-old-bytes.ts';
import type { OldRange } from '../formats/patch.ts';
import { ReusableBytes } from './apply/reusable-bytes.ts';

/** The thread's predictors: one loads its map once, and each map serves many segments. */
const predictors = new WeakMap<AddressMap, OldBytesPredictor>();

/** The thread's: one segment is made after the other. */
const predictedBytes = new ReusableBytes();
const markBytes = new ReusableBytes();

/**
 * Rewrite the references in those old ranges whose file has an address map.
 * @param oldBytes The ranges end to end; left as they are.
 * @param touched See {@link MarkedBytes}.
 * @returns Good until the next call; `undefined` when no range has a map.
 */
export function predictRanges(
  ranges: readonly OldRange[],
  oldBytes: Uint8Array,
  addressMaps: ReadonlyMap<number, AddressMap>,
  touched?: Uint8Array,
): PredictedBytes | undefined {
  if (!ranges.some(({ oldFile }) => addressMaps.has(oldFile))) return undefined;
  const predicted = predictedBytes.take(oldBytes.length);
  predicted.set(oldBytes);
  const marks = markBytes.take(oldBytes.length).fill(0);
  predictInPlace({ ranges, oldBytes: predicted, marks, touched }, addressMaps);
  return { predicted, marks };
}

/** The bytes that {@link predictInPlace} rewrites. */
export interface MarkedBytes {
  readonly ranges: readonly OldRange[];
  /** The ranges end to end. */
  readonly oldBytes: Uint8Array;
  /** Room for a mark for each byte, zeros before. */
  readonly marks: Uint8Array;
  /** One number for each block of `TOUCHED_BLOCK_BYTES` old bytes, 1 for those whose code is predicted; without it, all. */
  readonly touched?: Uint8Array | undefined;
}

/** {@link predictRanges} over the old bytes themselves. */
export function predictInPlace(
  { ranges, oldBytes, marks, touched }: MarkedBytes,
  addressMaps: ReadonlyMap<number, AddressMap>,
): void {
  let position = 0;
  for (const { oldFile, offset, length } of ranges) {
    const map = addressMaps.get(oldFile);
    const end = position + length;
    if (map !== undefined) {
      const bytes = oldBytes.subarray(position, end);
      predictorOf(map).predictInPlace(
        offset,
        bytes,
        marks.subarray(position, end),
        touched && { blocks: touched, position },
      );
    }
    position = end;
  }
}

function predictorOf(map: AddressMap): OldBytesPredictor {
  const known = predictors.get(map);
  if (known !== undefined) return known;
  const predictor = new OldBytesPredictor(map);
  predictors.set(map, predictor);
  return predictor;
}
