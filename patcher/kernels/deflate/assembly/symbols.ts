/**
 * Deflate's symbols for lengths and distances, computed rather than looked up.
 * @see RFC 1951, 3.2.5
 */
export const MIN_MATCH: u32 = 3;
export const MAX_MATCH: u32 = 258;
export const END_OF_BLOCK: u32 = 256;
export const LITERAL_SYMBOLS: u32 = 286;
export const DISTANCE_SYMBOLS: u32 = 30;

/** @returns 257 to 285. */
// @ts-ignore: decorator
@inline
export function lengthSymbol(length: u32): u32 {
  const value = length - MIN_MATCH;
  if (value < 8) return 257 + value;
  if (length === MAX_MATCH) return 285;
  const top = 31 - clz(value);
  return 257 + ((top - 1) << 2) + ((value >> (top - 2)) & 3);
}

// @ts-ignore: decorator
@inline
export function lengthExtraBits(symbol: u32): u32 {
  return symbol < 265 || symbol === 285 ? 0 : (symbol - 261) >> 2;
}

/** The shortest length of a symbol. */
export function lengthBase(symbol: u32): u32 {
  if (symbol < 265) return symbol - 257 + MIN_MATCH;
  if (symbol === 285) return MAX_MATCH;
  const value = symbol - 257;
  return ((4 + (value & 3)) << ((value >> 2) - 1)) + MIN_MATCH;
}

/** @returns 0 to 29. */
// @ts-ignore: decorator
@inline
export function distanceSymbol(distance: u32): u32 {
  const value = distance - 1;
  if (value < 4) return value;
  const top = 31 - clz(value);
  return (top << 1) + ((value >> (top - 1)) & 1);
}

// @ts-ignore: decorator
@inline
export function distanceExtraBits(symbol: u32): u32 {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}

/** The shortest distance of a symbol. */
// @ts-ignore: decorator
@inline
export function distanceBase(symbol: u32): u32 {
  return symbol < 4 ? symbol + 1 : ((2 + (symbol & 1)) << ((symbol >> 1) - 1)) + 1;
}
