/**
 * What kernels do with slots, which model 16 symbols by the places where they begin below 2^15, in vectors. Multiplications
 * and conversions are relaxed ones, one instruction each on every processor: what these leave open (both factors −2^15, no
 * number, numbers beyond 32 bits) does not come up, so that the results are the same everywhere.
 */

/** Begins moved towards others by a share of 2^15ths, below 2^15. */
// @ts-ignore: decorator
@inline
export function moveBegins(from: v128, to: v128, share: v128): v128 {
  return i16x8.add(from, i16x8.relaxed_q15mulr_s(i16x8.sub(to, from), share));
}

/** The width of symbols by their begins, of which the 17th is 2^15; or how much wider one is, by differences of begins. */
// @ts-ignore: decorator
@inline
function widthsOf(pairs: v128): v128 {
  return i32x4.dot_i16x8_s(pairs, i16x8(-1, 1, -1, 1, -1, 1, 0, 0));
}

/** How far the weight of one of two slots moves: `lead` / `width` × `rate`, cut to an integer. */
// @ts-ignore: decorator
@inline
export function weightStep(lead: usize, width: u32, rate: f32): i32 {
  const numbers = f32x4.convert_i32x4_s(i32x4.replace_lane(widthsOf(v128.load32_zero(lead)), 1, width));
  const shares = f32x4.div(numbers, v128.shuffle<f32>(numbers, numbers, 1, 1, 1, 1));
  return i32x4.extract_lane(i32x4.relaxed_trunc_f32x4_s(f32x4.mul(shares, f32x4.splat(rate))), 0);
}

/**
 * How far two weights move, as lanes 0 and 1.
 * @param lead2 Where the begins of the second slot less those of the first lie, at the symbol; of all 17.
 * @param lead3 Those of the third less the pair's.
 * @param pair The begins of the first two mixed.
 * @param width Of the symbol in the whole mixture.
 */
// @ts-ignore: decorator
@inline
export function weightSteps(lead2: usize, lead3: usize, pair: usize, width: u32, rate: f32): v128 {
  const leads = v128.load_lane<u32>(lead3, v128.load32_zero(lead2), 1);
  const widths = widthsOf(v128.load_lane<u32>(pair, leads, 2));
  // As a signed number, 2^15 is short of 2^16.
  const kept = v128.and(widths, i32x4(-1, -1, 0xffff, -1));
  const numbers = f32x4.convert_i32x4_s(i32x4.replace_lane(kept, 3, width));
  const shares = f32x4.div(numbers, v128.shuffle<u64>(numbers, numbers, 1, 1));
  return i32x4.relaxed_trunc_f32x4_s(f32x4.mul(shares, f32x4.splat(rate)));
}
