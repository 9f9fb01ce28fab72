import type { DeflateCoder, DeflateFit, DeflateSettings } from '../kernels/deflate/deflate-coder.ts';

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
/** Settings that look alike in a trial are told apart by whole descriptions, of this many at most. */
const FINALISTS = 2;
/** What needs more corrections than the best so far, and this share more, is no finalist. */
const FINALIST_SLACK = 1 / 16;
const FINALIST_SLACK_BYTES = 16;
/** Right hashes and windows leave at most this share of the corrections that wrong ones need. */
const LEAP_SHARE = 1 / 2;
/** Where the best level needs so large a share of the packed bytes, the encoder is none of zlib's kind. */
const HOPELESS_SHARE = 1 / 5;
/** The same where the trial saw little of the stream: images begin with an empty sky. */
const HOPELESS_SHARE_UNSURE = 1 / 3;
const UNSURE_SHARE = 1 / 16;
const HOPELESS_BYTES = 128;
/** Corrections of so few bytes leave nothing to look for. */
const PERFECT_BYTES = 4;

const FILTERED = 1;
const BEST_LEVEL = 9;
const LEVELS = [9, 1, 8, 7, 5, 4, 3, 2, 6];
const HASH_BITS = [15, 16];
const HASHED_BYTES = [4];
const RARE_STRATEGIES = [3, 2];
const WINDOW_BITS = [14, 13, 12, 11, 10, 9];

/**
 * Settings by how well they fit the beginning of the stream that the coder has loaded: first those that encoders are told, level and strategy, then
 * what they are built with.
 * @param triesForeign Whether to try all levels on streams of encoders that end their blocks elsewhere than zlib does: the
 *   best level is nearly always nearest to them, and takes as long to try as all others.
 * @returns The best first; none where all are far off.
 */
export function rankFits(
  coder: DeflateCoder,
  packedBytes: number,
  inflatedBytes: number,
  triesForeign: boolean,
): readonly DeflateFit[] {
  const trials = new SettingsTrials(coder, packedBytes, inflatedBytes);
  trials.attempt(USUAL_SETTINGS, packedBytes);
  if (trials.isForeign && !triesForeign) return [];
  const { blockBits } = trials;
  // zlib's sizes of hash table and of blocks both follow from its memory level.
  trials.vary({ blockBits, hashBits: Math.max(8, blockBits + 1) });
  trials.vary({ strategy: FILTERED });
  for (const strategy of trials.strategies) trials.vary({ level: BEST_LEVEL, strategy });
  const levels = LEVELS.map((level) => ({ level }));
  trials.vary(...levels);
  if (trials.isForeign) return trials.isHopeless ? [] : trials.finalists.slice(0, 1);
  const before = trials.count;
  // Content that fits a window looks the same with a larger one, and such windows have encoders that ask for little memory.
  const smaller = inflatedBytes > 2 ** USUAL_SETTINGS.windowBits ? WINDOW_BITS : [];
  // Where the window is smaller than it was thought to be, low levels look best, which do not look far.
  const windows = smaller.flatMap((windowBits) => [{ windowBits }, { windowBits, level: BEST_LEVEL }]);
  trials.leap(...windows);
  trials.leap(...HASHED_BYTES.map((hashedBytes) => ({ hashedBytes })));
  trials.leap(...HASH_BITS.map((hashBits) => ({ hashBits })));
  trials.leap(...RARE_STRATEGIES.map((strategy) => ({ strategy })));
  // With the wrong window another level may have looked best.
  if (trials.count > before) {
    trials.leap(...windows);
    trials.vary(...levels);
  }
  return trials.isHopeless ? [] : trials.finalists;
}

/** Settings tried on a stream's beginning. */
class SettingsTrials {
  readonly #coder: DeflateCoder;
  readonly #packedBytes: number;
  readonly #inflatedBytes: number;
  readonly #tried = new Set<string>();
  /** Sorted by what their corrections take. */
  readonly #fits: DeflateFit[] = [];

  constructor(coder: DeflateCoder, packedBytes: number, inflatedBytes: number) {
    this.#coder = coder;
    this.#packedBytes = packedBytes;
    this.#inflatedBytes = inflatedBytes;
  }

  /** As a block that was filled tells it, else zlib's usual one. */
  get blockBits(): number {
    return this.#filledBlockBits ?? USUAL_SETTINGS.blockBits;
  }

  /** zlib ends a block when its buffer is full or there is no more: others look for the best place. */
  get isForeign(): boolean {
    const first = this.#fits[0];
    if (first === undefined || first.firstBlockBytes === this.#inflatedBytes) return false;
    return this.#filledBlockBits === undefined;
  }

  get #filledBlockBits(): number | undefined {
    const bits = Math.log2((this.#fits[0]?.firstBlockTokens ?? 0) + 1);
    return Number.isInteger(bits) && bits >= 7 && bits <= 18 ? bits : undefined;
  }

  /** Those that fitted, the best first. */
  get strategies(): readonly number[] {
    return [...new Set(this.#fits.map(({ settings }) => settings.strategy))];
  }

  /** How many settings fitted. */
  get count(): number {
    return this.#fits.length;
  }

  get isHopeless(): boolean {
    const best = this.#fits[0];
    if (best === undefined) return true;
    const isUnsure = best.packedBytes < this.#packedBytes * UNSURE_SHARE;
    const share = isUnsure ? HOPELESS_SHARE_UNSURE : HOPELESS_SHARE;
    return cost(best) > HOPELESS_BYTES + best.packedBytes * share;
  }

  /** The best of each level. */
  get finalists(): readonly DeflateFit[] {
    const byLevel = new Map<number, DeflateFit>();
    for (const fit of this.#fits) {
      if (!byLevel.has(fit.settings.level)) byLevel.set(fit.settings.level, fit);
    }
    return [...byLevel.values()].slice(0, FINALISTS);
  }

  /** Change the best settings so far, in one way after the other. */
  vary(...changes: readonly Partial<DeflateSettings>[]): void {
    for (const change of changes) {
      const best = this.#fits[0];
      if (best === undefined) return;
      const most = Math.floor(cost(best) * (1 + FINALIST_SLACK)) + FINALIST_SLACK_BYTES;
      this.attempt({ ...best.settings, ...change }, most);
    }
  }

  /** The same where a change that is right shows at once; what gains little is chance. */
  leap(...changes: readonly Partial<DeflateSettings>[]): void {
    for (const change of changes) {
      const best = this.#fits[0];
      if (best === undefined) return;
      this.attempt({ ...best.settings, ...change }, Math.floor(cost(best) * LEAP_SHARE));
    }
  }

  attempt(settings: DeflateSettings, most: number): void {
    const key = Object.values(settings).join(' ');
    const best = this.#fits[0];
    if (this.#tried.has(key) || (best !== undefined && cost(best) <= PERFECT_BYTES)) return;
    this.#tried.add(key);
    const fit = this.#coder.describe(settings, { most, trialBytes: TRIAL_BYTES });
    if (fit === undefined) return;
    const after = this.#fits.findIndex((other) => cost(other) > cost(fit));
    this.#fits.splice(after < 0 ? this.#fits.length : after, 0, fit);
  }
}

function cost({ corrections }: DeflateFit): number {
  return corrections.length;
}
