/**
 * What kernels do with slots, which model 16 symbols by the places where they begin below 2^15, in vectors. Multiplications
 * are relaxed ones, one instruction each on every processor: what these leave open (both factors −2^15) does not come up, so
 * that the results are the same everywhere.
 */

/** Begins moved towards others by a share of 2^15ths, below 2^15. */
// @ts-ignore: decorator
@inline
export function moveBegins(from: v128, to: v128, share: v128): v128 {
  return i16x8.add(from, i16x8.relaxed_q15mulr_s(i16x8.sub(to, from), share));
}

/**
 * How far the weight of the second of two slots moves: about how much wider the symbol is there than in the first, by its
 * width in their mixture, × 2^`rate`.
 * @param mixed Where the symbol's begin in the mixture lies, the next one behind it.
 * @param lead Where the begins of the second slot less those of the first do.
 */
// @ts-ignore: decorator
@inline
export function weightStep(mixed: usize, lead: usize, rate: i32): i32 {
  const width = <u32>load<u16>(mixed, 2) - <u32>load<u16>(mixed);
  const wider = <i32>load<i16>(lead, 2) - <i32>load<i16>(lead);
  return (wider << rate) >> (32 - clz(width));
}
