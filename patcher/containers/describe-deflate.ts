import {
  DeflateCoder,
  type DeflateDescription,
  type DeflateFit,
  type DeflateSettings,
} from '../kernels/deflate/deflate-coder.ts';

/** What nearly every zip, jar and PNG is made with: zlib as it is when told nothing. */
export const USUAL_SETTINGS: DeflateSettings = {
  level: 6,
  windowBits: 15,
  hashBits: 15,
  hashedBytes: 3,
  blockBits: 14,
  strategy: 0,
};

/** How much of a stream decides between settings. */
const TRIAL_BYTES = 64 * 2 ** 10;
/** Corrections may take this share of the packed stream; beyond it, expanding has little left to win. */
const CORRECTIONS_SHARE = 1 / 8;
const CORRECTIONS_BYTES_MIN = 64;
/** Corrections of so few bytes are not worth a search for better settings: a block's end that zlib's is not. */
const CORRECTIONS_NEGLIGIBLE_SHARE = 1 / 500;
const CORRECTIONS_NEGLIGIBLE_BYTES = 4;
/** Levels that look alike in a trial are told apart by whole descriptions, of this many at most. */
const FINALISTS = 3;

const LEVELS = [6, 9, 1, 8, 7, 5, 4, 3, 2];
const HASH_BITS = [15, 16, 14, 13, 12, 11, 10, 9, 8];
const HASHED_BYTES = [3, 4];
const STRATEGIES = [0, 1, 3, 2];
const WINDOW_BITS = [15, 14, 13, 12, 11, 10, 9];

/** Finds descriptions of streams; remembers what fitted last, as the streams of a container are made alike. */
export class DeflateDescriber {
  readonly #coder = new DeflateCoder();
  #last: DeflateSettings = USUAL_SETTINGS;

  /**
   * Describe a stream so that it can be rebuilt from its content, and prove it by doing so.
   * @param inflated Its content.
   * @returns `undefined` when its encoder is too different from zlib.
   */
  describe(packed: Uint8Array, inflated: Uint8Array): DeflateDescription | undefined {
    const fit = this.#fitWhole(packed, inflated);
    if (fit === undefined) return undefined;
    const rebuilt = this.#coder.rebuild(inflated, fit, packed.length);
    if (rebuilt === undefined || Buffer.compare(rebuilt, packed) !== 0) return undefined;
    this.#last = fit.settings;
    return { settings: fit.settings, corrections: fit.corrections };
  }

  #fitWhole(packed: Uint8Array, inflated: Uint8Array): DeflateFit | undefined {
    const most = Math.max(CORRECTIONS_BYTES_MIN, Math.floor(packed.length * CORRECTIONS_SHARE));
    const quick = this.#coder.describe(packed, inflated, this.#last, { most });
    const negligible = CORRECTIONS_NEGLIGIBLE_BYTES + packed.length * CORRECTIONS_NEGLIGIBLE_SHARE;
    if (quick !== undefined && cost(quick) <= negligible) return quick;
    let best = quick;
    for (const settings of this.#rank(packed, inflated)) {
      const fit = this.#coder.describe(packed, inflated, settings, { most });
      if (fit !== undefined && (best === undefined || cost(fit) < cost(best))) best = fit;
      if (best !== undefined && cost(best) <= negligible) break;
    }
    return best;
  }

  /** Settings by how well they fit the beginning, one of them varied after the other. */
  #rank(packed: Uint8Array, inflated: Uint8Array): readonly DeflateSettings[] {
    const tried: DeflateFit[] = [];
    const attempt = (settings: DeflateSettings): void => {
      const fit = this.#coder.describe(packed, inflated, settings, {
        most: packed.length,
        trialBytes: TRIAL_BYTES,
      });
      if (fit !== undefined) tried.push(fit);
    };
    const vary = <Name extends keyof DeflateSettings>(name: Name, values: readonly number[]): void => {
      const base = bestOf(tried)?.settings;
      if (base === undefined) return;
      for (const value of values) if (value !== base[name]) attempt({ ...base, [name]: value });
    };
    attempt(USUAL_SETTINGS);
    const blockBits = toBlockBits(tried[0]?.firstBlockTokens);
    if (blockBits !== undefined) vary('blockBits', [blockBits]);
    vary('hashedBytes', HASHED_BYTES);
    vary('strategy', STRATEGIES);
    vary('level', LEVELS);
    vary('hashBits', HASH_BITS);
    vary('windowBits', WINDOW_BITS);
    vary('level', LEVELS);
    const sorted = tried.toSorted((a, b) => cost(a) - cost(b));
    return sorted.slice(0, FINALISTS).map(({ settings }) => settings);
  }
}

function cost({ corrections }: DeflateFit): number {
  return corrections.length;
}

function bestOf(fits: readonly DeflateFit[]): DeflateFit | undefined {
  return fits.toSorted((a, b) => cost(a) - cost(b))[0];
}

/** The bits of a buffer that holds one token more than the block. */
function toBlockBits(tokens: number | undefined): number | undefined {
  const bits = Math.log2((tokens ?? 0) + 1);
  return Number.isInteger(bits) && bits >= 7 && bits <= 18 ? bits : undefined;
}
