import { AddressKernel, type TouchedBlocks } from './address-kernel.ts';
import type { AddressMap, Region } from './address-map.ts';

/** A range of the old file. */
export interface FileRange {
  readonly fileOffset: number;
  readonly length: number;
}

/** What {@link OldBytesPredictor.predict} makes. */
export interface PredictedBytes {
  /** As long as the old bytes: the references in them are those of the new image. */
  readonly predicted: Uint8Array;
  /** As long: 0, or what kind of reference a byte belongs to. See docs/formats/address-map.md#marks. */
  readonly marks: Uint8Array;
}

/** Rewrites ranges of one old file; keeps the map loaded between them. */
export class OldBytesPredictor {
  readonly #map: AddressMap;
  readonly #kernel: AddressKernel;

  /** @param memory One that others use, too; see {@link layMap}. */
  constructor(map: AddressMap, memory?: WebAssembly.Memory) {
    this.#map = map;
    this.#kernel = new AddressKernel(map, memory);
  }

  /** In a memory of others, before bytes that lie there are predicted: see {@link AddressKernel.layMap}. */
  layMap(at: number): number {
    return this.#kernel.layMap(at);
  }

  /**
   * Rewrite the references in ranges of the old file.
   * @param oldBytes The ranges' bytes laid end to end; each range is looked at alone. Left as it is.
   */
  predict(ranges: readonly FileRange[], oldBytes: Uint8Array): PredictedBytes {
    const predicted = new Uint8Array(oldBytes);
    const marks = new Uint8Array(oldBytes.length);
    let at = 0;
    for (const { fileOffset, length } of ranges) {
      this.predictInPlace(fileOffset, predicted.subarray(at, at + length), marks.subarray(at, at + length));
      at += length;
    }
    return { predicted, marks };
  }

  /**
   * {@link predict} for one range, over its bytes.
   * @param marks As long, and zeros.
   * @param touched In x86-64 code only what they say is predicted.
   */
  predictInPlace(fileOffset: number, bytes: Uint8Array, marks: Uint8Array, touched?: TouchedBlocks): void {
    const end = fileOffset + bytes.length;
    const { regions } = this.#map;
    for (let row = this.#firstEndingBehind(fileOffset); row < regions.length; row++) {
      const region = regions[row] as Region;
      const from = Math.max(fileOffset, region.fileOffset);
      const to = Math.min(end, region.fileOffset + region.sizeBytes);
      if (region.fileOffset >= end) break;
      if (from >= to) continue;
      this.#kernel.rewrite(
        region,
        from - region.fileOffset,
        bytes.subarray(from - fileOffset, to - fileOffset),
        marks.subarray(from - fileOffset, to - fileOffset),
        touched && { ...touched, position: touched.position + from - fileOffset },
      );
    }
  }

  /** A patch may have many ranges and a map many regions: a search by halves keeps their product small. */
  #firstEndingBehind(fileOffset: number): number {
    const { regions } = this.#map;
    let low = 0;
    let high = regions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const region = regions[middle] as Region;
      if (region.fileOffset + region.sizeBytes > fileOffset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Rewrite the references in ranges of the old file that a map describes. See {@link OldBytesPredictor.predict}. */
export function predictOldBytes(
  map: AddressMap,
  ranges: readonly FileRange[],
  oldBytes: Uint8Array,
): PredictedBytes {
  return new OldBytesPredictor(map).predict(ranges, oldBytes);
}
