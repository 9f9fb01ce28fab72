import { DifferencesCoder } from '../../kernels/differences/differences-coder.ts';
import { ExtraEncoder } from '../../kernels/extra/extra-coder.ts';
import {
  type ExtraMixingPlaces,
  MIXING_MARGIN_BYTES,
  MIXING_TABLES_END,
} from '../../kernels/extra-mixing/extra-mixing-coder.ts';
import { createMemory } from '../../kernels/load-kernel.ts';

/**
 * A thread's coders of differences and of extra bytes. They code one after the other, and so in one memory: what the largest
 * segment of either took serves the other, too.
 */
class SegmentCoders {
  readonly #memory = createMemory();
  readonly #differences = new DifferencesCoder(this.#memory);
  #extra: ExtraEncoder | undefined;
  /** Tables for mixing lie over the data of the differences coder. */
  #isMixed = false;

  get differences(): DifferencesCoder {
    if (this.#isMixed) this.#differences.renew(MIXING_TABLES_END);
    this.#isMixed = false;
    return this.#differences;
  }

  get extra(): ExtraEncoder {
    this.#extra ??= new ExtraEncoder({ memory: this.#memory, start: this.#differences.firstFree });
    return this.#extra;
  }

  /** Where extra bytes may be mixed, after which all that lay in the memory is gone. */
  get mixingPlaces(): ExtraMixingPlaces {
    this.#isMixed = true;
    // Its tables are among what is lost.
    this.#extra = undefined;
    return { memory: this.#memory, oldAt: MIXING_TABLES_END + MIXING_MARGIN_BYTES };
  }
}

let coders: SegmentCoders | undefined;

/** The thread's coders: their memory serves one segment after the other. */
export function segmentCoders(): SegmentCoders {
  coders ??= new SegmentCoders();
  return coders;
}
