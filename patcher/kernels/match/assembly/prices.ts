/** What choices probably cost in the patch, in sixteenths of a bit. */

/** Bytes of the adaptive tables. */
export const PRICES_BYTES: usize = 256 * 4 + 256 * 4 + 65536 * 4;
/** The histogram is halved at this many bytes, so that it follows the kind of data. */
const HISTOGRAM_BYTES_MAX: u32 = 8192;
const REFRESH_BYTES: u32 = 512;

export let equalPrice: i32 = 1;
export let equalAfterDifferencePrice: i32 = 12;
export let differencePrice: i32 = 160;
export let differenceAfterDifferencePrice: i32 = 112;
export let rowPriceMin: i32 = 160;
let rowPriceBase: i32 = 192;
let seekPriceBit: i32 = 14;
let gapPrice: i32 = 48;
let predictedPrice: i32 = 24;
let literalScale: i32 = 16;

let histogram: usize = 0;
let literalPrices: usize = 0;
let predictions: usize = 0;
let histogramBytes: u32 = 0;
let staleBytes: u32 = 0;

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
}

/** Forget what was learnt of literals. */
export function resetPrices(area: usize): void {
  histogram = area;
  literalPrices = area + 1024;
  predictions = area + 2048;
  memory.fill(predictions, 0, 65536 * 4);
  for (let value: usize = 0; value < 256; value++) {
    store<u32>(histogram + (value << 2), 1);
    store<i32>(literalPrices + (value << 2), 8 * literalScale);
  }
  histogramBytes = 256;
  staleBytes = 0;
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
    if (load<u32>(slot) === word) price = min(price, predictedPrice);
    else store<u32>(slot, word);
  }
  const count = histogram + (value << 2);
  store<u32>(count, load<u32>(count) + 8);
  histogramBytes += 8;
  if (++staleBytes === REFRESH_BYTES) refreshPrices();
  return price;
}

function refreshPrices(): void {
  staleBytes = 0;
  const total = log2Of(histogramBytes);
  const halve = histogramBytes > HISTOGRAM_BYTES_MAX * 8;
  histogramBytes = 0;
  for (let at: usize = 0; at < 1024; at += 4) {
    const count = load<u32>(histogram + at);
    store<i32>(literalPrices + at, ((total - log2Of(count)) * literalScale) >> 4);
    const kept = halve ? (count >>> 1) | 1 : count;
    store<u32>(histogram + at, kept);
    histogramBytes += kept;
  }
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
