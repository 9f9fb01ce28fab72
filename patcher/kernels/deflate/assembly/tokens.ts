/** The tokens of one block, u32 each: length << 16 | distance; a literal has length 1 and distance 0. */

/** zlib's blocks have at most 32,767; other encoders make longer ones. */
export const TOKENS_MAX: u32 = 1 << 18;
export const TOKENS: usize = memory.data(4 << 18);

// @ts-ignore: decorator
@inline
export function tokenAt(index: u32): u32 {
  return load<u32>(TOKENS + (<usize>index << 2));
}
