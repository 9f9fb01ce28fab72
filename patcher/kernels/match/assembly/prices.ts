/** What choices probably cost in the patch, in sixteenths of a bit. */

/** Bytes of the adaptive tables. */
export const PRICES_BYTES: usize = 4 * 1024 + 65536 * 4 + 2 * 65536;
/** The histogram is halved at this many bytes, so that it follows the kind of data. */
const HISTOGRAM_BYTES_MAX: u32 = 8192;
const REFRESH_BYTES: u32 = 512;
const REFRESH_DIFFERENCES: u32 = 128;
/** Differences cost their entropy times this, less the share foretold. */
const SHARE_FULL: i32 = 98304;
const SHARE_LEAST: i32 = 16384;
/** Bytes counted before both counts of {@link learnExtra} are halved. */
const COUNTED_BYTES_MAX: u32 = 65536;
/** Sixteenths of its entropy that a literal costs more where nearly nothing is stored as it is. */
const RARE_LITERAL_SCALE: u32 = 4;
/** The share follows about the last 2^9 differences. */
const FORETOLD_SHARE_LOG2: i32 = 9;
/** Bytes foretold in a row that halve the price of the next. */
const FORETOLD_STEP_LOG2: i32 = 2;

export let equalPrice: i32 = 1;
export let equalAfterDifferencePrice: i32 = 12;
let differencePrice: i32 = 160;
let differenceAfterDifferencePrice: i32 = 112;
export let rowPriceMin: i32 = 160;
let rowPriceBase: i32 = 192;
let seekPriceBit: i32 = 14;
let gapPrice: i32 = 48;
let predictedPrice: i32 = 24;
let literalScale: i32 = 16;

let histogram: usize = 0;
let literalPrices: usize = 0;
let predictions: usize = 0;
let foretold: i32 = 0;
let histogramBytes: u32 = 0;
let staleBytes: u32 = 0;
let extraCounted: u32 = 0;
let differencesCounted: u32 = 0;
let differences: usize = 0;
let differencePrices: usize = 0;
let patterns: usize = 0;
let predictedDifferencePrice: i32 = 32;
let differencesTotal: u32 = 0;
let staleDifferences: u32 = 0;
let differenceScale: i32 = 16;
/** How many of the latest differences were foretold, in 65536ths: many in shifted code, few in edited assets. */
let foretoldShare: i32 = 0;

export function setPrices(
  equal: i32,
  equalAfterDifference: i32,
  difference: i32,
  differenceAfterDifference: i32,
  row: i32,
  seekBit: i32,
  gap: i32,
  predictedLiteral: i32,
  scale: i32,
  scaleOfDifferences: i32,
  predictedDifference: i32,
): void {
  equalPrice = equal;
  equalAfterDifferencePrice = equalAfterDifference;
  differencePrice = difference;
  differenceAfterDifferencePrice = differenceAfterDifference;
  rowPriceBase = row;
  rowPriceMin = row;
  seekPriceBit = seekBit;
  gapPrice = gap;
  predictedPrice = predictedLiteral;
  literalScale = scale;
  differenceScale = scaleOfDifferences;
  predictedDifferencePrice = predictedDifference;
}

/** Forget what was learnt of literals and differences. */
export function resetPrices(area: usize): void {
  histogram = area;
  literalPrices = area + 1024;
  differences = area + 2048;
  differencePrices = area + 3072;
  predictions = area + 4096;
  patterns = predictions + 65536 * 4;
  memory.fill(predictions, 0, 65536 * 6);
  for (let at: usize = 0; at < 1024; at += 4) {
    store<u32>(histogram + at, 1);
    store<i32>(literalPrices + at, 8 * literalScale);
    store<u32>(differences + at, 1);
    store<i32>(differencePrices + at, 8 * differenceScale);
  }
  foretold = 0;
  histogramBytes = 256;
  staleBytes = 0;
  foretoldShare = 16384;
  extraCounted = 4096;
  differencesCounted = 4096;
  differencesTotal = 256;
  staleDifferences = 0;
}

/**
 * Price of an aligned byte that differs; cheap when the differences before it, or the old bytes, foretell it.
 * @param at Address of the new byte; four bytes before it are readable on both sides.
 */
// @ts-ignore: decorator
@inline
export function differencePriceOf(at: usize, here: usize, lastEqual: bool): i32 {
  const delta = load<u8>(at) - load<u8>(here);
  const past = pastDifferences(at, here);
  if (load<u8>(patternOf(past)) === delta || load<u8>(codeOf(past, here)) === delta) return predictedDifferencePrice;
  return (
    (lastEqual ? differencePrice : differenceAfterDifferencePrice) +
    load<i32>(differencePrices + (<usize>delta << 2))
  );
}

/** The differences of the four bytes before, one in each byte. */
// @ts-ignore: decorator
@inline
function pastDifferences(at: usize, here: usize): u32 {
  const value = load<u32>(at - 4);
  const old = load<u32>(here - 4);
  return ((value | 0x80808080) - (old & 0x7f7f7f7f)) ^ ((value ^ ~old) & 0x80808080);
}

// @ts-ignore: decorator
@inline
function patternOf(past: u32): usize {
  return patterns + <usize>((past * 0x9e3779b1) >>> 16);
}

// @ts-ignore: decorator
@inline
function codeOf(past: u32, here: usize): usize {
  const old = <u32>load<u16>(here - 1);
  return patterns + 65536 + <usize>((((past & 0xff000000) | old) * 0x85ebca6b) >>> 16);
}

/** Learn how much is stored as it is. */
export function learnExtra(sizeBytes: u32): void {
  extraCounted += sizeBytes;
  if (extraCounted + differencesCounted < COUNTED_BYTES_MAX) return;
  extraCounted >>= 1;
  differencesCounted >>= 1;
}

/** Learn which differences occur: in shifted code they repeat. */
export function learnDifferences(from: usize, to: usize, shift: usize): void {
  for (let at = from; at < to; at++) {
    const here = at + shift;
    const delta = load<u8>(at) - load<u8>(here);
    const past = pastDifferences(at, here);
    if ((past | <u32>delta) === 0) continue;
    differencesCounted += u32(delta !== 0);
    const pattern = patternOf(past);
    const knownBefore = load<u8>(pattern) === delta;
    if (past !== 0) store<u8>(pattern, delta);
    if (delta === 0) continue;
    const code = codeOf(past, here);
    const known = knownBefore || load<u8>(code) === delta;
    foretoldShare += ((known ? 65536 : 0) - foretoldShare) >> FORETOLD_SHARE_LOG2;
    store<u8>(code, delta);
    const count = differences + (<usize>delta << 2);
    store<u32>(count, load<u32>(count) + 8);
    differencesTotal += 8;
    if (++staleDifferences === REFRESH_DIFFERENCES) refreshDifferences();
  }
}

function refreshDifferences(): void {
  staleDifferences = 0;
  // Where many are foretold, the coder foretells more than this does.
  const scale = (differenceScale * max(SHARE_LEAST, SHARE_FULL - foretoldShare)) >> 16;
  differencesTotal = refresh(differences, differencePrices, differencesTotal, scale, 4);
}

function refreshPrices(): void {
  staleBytes = 0;
  // Literals that are few, as in shifted code, are worse foretold by their coder than those of new assets.
  const rarity = (RARE_LITERAL_SCALE * 256 * differencesCounted) / (extraCounted + differencesCounted);
  const scale = literalScale * 256 + <i32>rarity;
  histogramBytes = refresh(histogram, literalPrices, histogramBytes, scale >> 4, 8);
}

/** @returns The histogram's total, which may have been halved. */
function refresh(counts: usize, prices: usize, total: u32, scale: i32, scaleBits: i32): u32 {
  const totalPrice = log2Of(total);
  const halve = total > HISTOGRAM_BYTES_MAX * 8;
  let sum: u32 = 0;
  for (let at: usize = 0; at < 1024; at += 4) {
    const count = load<u32>(counts + at);
    store<i32>(prices + at, ((totalPrice - log2Of(count)) * scale) >> scaleBits);
    const kept = halve ? (count >>> 1) | 1 : count;
    store<u32>(counts + at, kept);
    sum += kept;
  }
  return sum;
}

/**
 * Price of storing a new byte as it is, and learn from it: cheap when the three bytes before it were last followed by
 * the same byte, else by how frequent it is.
 * @param first Address of the first new byte.
 */
// @ts-ignore: decorator
@inline
export function takeLiteral(at: usize, first: usize): i32 {
  const value = <usize>load<u8>(at);
  let price = load<i32>(literalPrices + (value << 2));
  if (at >= first + 3) {
    const context = load<u32>(at - 3) & 0xffffff;
    const slot = predictions + <usize>((context * 0x9e3779b1) >>> 16 << 2);
    const word = (context << 8) | <u32>value;
    if (load<u32>(slot) === word) {
      // What has been foretold for a while is a string that occurred before: its coder says so once.
      price = min(price, predictedPrice >> min(foretold >> FORETOLD_STEP_LOG2, 3));
      foretold++;
    } else {
      store<u32>(slot, word);
      foretold = 0;
    }
  }
  const count = histogram + (value << 2);
  store<u32>(count, load<u32>(count) + 8);
  histogramBytes += 8;
  if (++staleBytes === REFRESH_BYTES) refreshPrices();
  return price;
}

/** Price of beginning a row after another one. */
// @ts-ignore: decorator
@inline
export function rowPrice(fromExtra: bool, shift: usize, nextShift: usize): i32 {
  const delta = <i32>(nextShift - shift);
  const price = rowPriceBase + (fromExtra ? gapPrice : 0);
  return delta === 0 ? price : price + 64 + ((log2Of(<u32>(delta ^ (delta >> 31))) * seekPriceBit) >> 4);
}

/** Sixteen times the logarithm of `value + 1`, its fraction linear. */
// @ts-ignore: decorator
@inline
function log2Of(value: u32): i32 {
  const one = value + 1;
  const whole = 31 - <i32>clz<u32>(one);
  const fraction = whole >= 4 ? (one >>> (whole - 4)) & 15 : (one << (4 - whole)) & 15;
  return (whole << 4) + <i32>fraction;
}
