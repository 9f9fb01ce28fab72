import type { AddressMap } from '../executables/address-map.ts';
import { OldBytesPredictor, type PredictedBytes } from '../executables/predict-old-bytes.ts';
import type { OldRange } from '../formats/patch.ts';
import type { Rows } from '../formats/rows.ts';
import { ReusableBytes } from './apply/reusable-bytes.ts';

/** Predictors by their maps: one loads its map once, and each map serves many segments. */
export class RangePredictors {
  readonly #memory: WebAssembly.Memory | undefined;
  readonly #known = new WeakMap<AddressMap, OldBytesPredictor>();

  /** @param memory Where the bytes lie that shall be rewritten in their place; before that, the maps are laid there, too. */
  constructor(memory?: WebAssembly.Memory) {
    this.#memory = memory;
  }

  of(map: AddressMap): OldBytesPredictor {
    const known = this.#known.get(map);
    if (known !== undefined) return known;
    const predictor = new OldBytesPredictor(map, this.#memory);
    this.#known.set(map, predictor);
    return predictor;
  }

  /** Lay maps one after the other. Views of the memory are detached. @returns Their end. */
  lay(maps: Iterable<AddressMap>, at: number): number {
    let end = at;
    for (const map of maps) end = this.of(map).layMap(end);
    return end;
  }
}

/** The thread's. */
const threadPredictors = new RangePredictors();

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
  ranges: Rows<OldRange>,
  oldBytes: Uint8Array,
  addressMaps: ReadonlyMap<number, AddressMap>,
  touched?: Uint8Array,
): PredictedBytes | undefined {
  if (!hasMap(ranges, addressMaps)) return undefined;
  const predicted = predictedBytes.take(oldBytes.length);
  predicted.set(oldBytes);
  const marks = markBytes.take(oldBytes.length).fill(0);
  predictInPlace({ ranges, oldBytes: predicted, marks, touched }, addressMaps);
  return { predicted, marks };
}

function hasMap(ranges: Rows<OldRange>, addressMaps: ReadonlyMap<number, AddressMap>): boolean {
  for (const { oldFile } of ranges) if (addressMaps.has(oldFile)) return true;
  return false;
}

/** The bytes that {@link predictInPlace} rewrites. */
export interface MarkedBytes {
  readonly ranges: Rows<OldRange>;
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
  predictors = threadPredictors,
): void {
  let position = 0;
  for (const { oldFile, offset, length } of ranges) {
    const map = addressMaps.get(oldFile);
    const end = position + length;
    if (map !== undefined) {
      const bytes = oldBytes.subarray(position, end);
      predictors
        .of(map)
        .predictInPlace(
          offset,
          bytes,
          marks.subarray(position, end),
          touched && { blocks: touched, position },
        );
    }
    position = end;
  }
}
