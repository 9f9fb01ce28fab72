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
