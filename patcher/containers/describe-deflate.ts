import {
  DeflateCoder,
  type DeflateDescription,
  type DeflateFit,
  type DeflateSettings,
} from '../kernels/deflate/deflate-coder.ts';
import { rankFits, USUAL_SETTINGS } from './rank-settings.ts';

/** Corrections may take this share of the packed stream; beyond it, expanding has little left to win. */
const CORRECTIONS_SHARE = 1 / 8;
const CORRECTIONS_BYTES_MIN = 64;
/** Corrections of so few bytes are not worth a search for better settings: a block's end that zlib's is not. */
const NEGLIGIBLE_SHARE = 1 / 500;
const NEGLIGIBLE_BYTES = 4;
/** Settings that left little more of other streams are those of an encoder near to zlib: it will leave as much again. */
const KNOWN_SHARE_MAX = 1 / 50;
const KNOWN_SLACK = 1.25;
/** A game's files come from a handful of encoders. */
const KNOWN_MAX = 4;

/** A description that was proved by rebuilding. */
export interface ProvedDescription {
  readonly description: DeflateDescription;
  /** What rebuilding takes: see `DeflateCoder.rebuildWork`. */
  readonly work: number;
}

/** What a description may take. */
export interface DescriptionWorth {
  /** How many bytes of corrections are worth it. */
  readonly mostBytes: number;
  /** How many more of them a unit of a player's work is worth; 0 where only bytes count. */
  readonly bytesPerWork: number;
}

/**
 * Settings that rebuild a stream quickly, whatever made it. Other encoders than zlib search longer than it ever does: level 9
 * leaves a quarter less to correct than these, in three times the time. Of chains that agree in four bytes so few elements are
 * worth more than twice as many that agree in three.
 */
const QUICK_SETTINGS = { level: 4, hashedBytes: 4 } as const;

/** Settings that fitted a stream, and what share of it their corrections took. */
interface KnownSettings {
  readonly settings: DeflateSettings;
  readonly share: number;
}

/** Finds descriptions of streams; remembers what fitted, as the streams of a container are made alike. */
export class DeflateDescriber {
  readonly #coder = new DeflateCoder();
  /** The best first: what fits exactly is asked before what nearly fits. */
  #known: readonly KnownSettings[] = [{ settings: USUAL_SETTINGS, share: 0 }];

  /**
   * Describe a stream so that it can be rebuilt from its content, and prove it by doing so.
   * @param inflated Its content.
   * @returns `undefined` when its encoder is too different from zlib.
   */
  describe(packed: Uint8Array, inflated: Uint8Array, worth: DescriptionWorth): ProvedDescription | undefined {
    this.#coder.load(packed, inflated);
    const nearest = this.#fitWhole(packed.length, inflated.length, worth);
    const fit = worth.bytesPerWork === 0 ? nearest : this.#fitQuickly(nearest, worth);
    if (fit === undefined || !this.#coder.prove(fit, packed)) return undefined;
    const { settings, corrections, work } = fit;
    return { description: { settings, corrections }, work };
  }

  /** Let a player correct more where that takes less than to search for as long as the encoder did. */
  #fitQuickly(
    nearest: DeflateFit | undefined,
    { mostBytes, bytesPerWork }: DescriptionWorth,
  ): DeflateFit | undefined {
    const costOf = ({ corrections, work }: DeflateFit): number => corrections.length + bytesPerWork * work;
    const most = Math.floor(nearest === undefined ? mostBytes : Math.min(mostBytes, costOf(nearest)));
    const quick = this.#coder.describe(
      { ...USUAL_SETTINGS, ...nearest?.settings, ...QUICK_SETTINGS },
      { most },
    );
    const [best] = [nearest, quick]
      .filter((fit) => fit !== undefined)
      .toSorted((a, b) => costOf(a) - costOf(b));
    return best !== undefined && costOf(best) <= mostBytes ? best : undefined;
  }

  #fitWhole(
    packedBytes: number,
    inflatedBytes: number,
    { mostBytes, bytesPerWork }: DescriptionWorth,
  ): DeflateFit | undefined {
    const negligible = NEGLIGIBLE_BYTES + packedBytes * NEGLIGIBLE_SHARE;
    for (const { settings, share } of this.#known) {
      const most = Math.min(mostBytes, Math.floor(negligible + packedBytes * share * KNOWN_SLACK));
      const fit = this.#coder.describe(settings, { most });
      if (fit !== undefined) return fit;
    }
    const affordable = Math.max(CORRECTIONS_BYTES_MIN, Math.floor(packedBytes * CORRECTIONS_SHARE));
    const most = Math.min(mostBytes, affordable);
    let best: DeflateFit | undefined;
    for (const trial of rankFits(this.#coder, packedBytes, inflatedBytes, bytesPerWork === 0)) {
      const allowed = best === undefined ? most : best.corrections.length - 1;
      // A short stream was described whole when it was tried.
      const fit = trial.whole ? trial : this.#coder.describe(trial.settings, { most: allowed });
      if (fit !== undefined && fit.corrections.length <= allowed) best = fit;
      if (best !== undefined && best.corrections.length <= negligible) break;
    }
    if (best !== undefined) this.#remember(best.settings, best.corrections.length / packedBytes);
    return best;
  }

  #remember(settings: DeflateSettings, share: number): void {
    if (share > KNOWN_SHARE_MAX) return;
    const others = this.#known.filter(({ settings: known }) => !isEqual(known, settings));
    // The oldest goes.
    const kept = [...others.slice(-(KNOWN_MAX - 1)), { settings, share }];
    this.#known = kept.toSorted((a, b) => a.share - b.share);
  }
}

function isEqual(a: DeflateSettings, b: DeflateSettings): boolean {
  return (Object.keys(a) as (keyof DeflateSettings)[]).every((name) => a[name] === b[name]);
}
