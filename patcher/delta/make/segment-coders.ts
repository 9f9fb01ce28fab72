import { DifferencesCoder } from '../../kernels/differences/differences-coder.ts';
import { ExtraEncoder } from '../../kernels/extra/extra-coder.ts';
import {
  type ExtraMixingPlaces,
  MIXING_MARGIN_BYTES,
} from '../../kernels/extra-mixing/extra-mixing-coder.ts';
import { createMemory } from '../../kernels/load-kernel.ts';

/**
 * A thread's coders of differences and of extra bytes. They code one after the other, and so in one memory: what the largest
 * segment of either took serves the other, too.
 */
class SegmentCoders {
  readonly #memory = createMemory();
  readonly differences = new DifferencesCoder(this.#memory);
  #extra: ExtraEncoder | undefined;

  get extra(): ExtraEncoder {
    this.#extra ??= new ExtraEncoder({ memory: this.#memory, start: this.differences.firstFree });
    return this.#extra;
  }

  /** Where extra bytes may be mixed. */
  get mixingPlaces(): ExtraMixingPlaces {
    return { memory: this.#memory, oldAt: align(this.differences.firstFree) + MIXING_MARGIN_BYTES };
  }
}

function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}

let coders: SegmentCoders | undefined;

/** The thread's coders: their memory serves one segment after the other. */
export function segmentCoders(): SegmentCoders {
  coders ??= new SegmentCoders();
  return coders;
}
