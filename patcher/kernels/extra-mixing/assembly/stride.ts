/**
 * The distance at which the bytes just before repeat best: width of a raw image, length of a column, a record or a sample.
 */
const WINDOW: usize = 512;
const LARGEST: usize = 512;
const INTERVAL: usize = 256;
let stride: usize = 2;
let measuredAt: usize = 0;

export function resetStride(): void {
  stride = 2;
  measuredAt = 0;
}

// @ts-ignore: decorator
@inline
export function currentStride(): usize {
  return stride;
}

function equalBytes(at: usize, distance: usize): u32 {
  let sums = i8x16.splat(0);
  for (let i: usize = WINDOW; i > 0; i -= 16) {
    sums = i8x16.sub(sums, i8x16.eq(v128.load(at - i), v128.load(at - i - distance)));
  }
  const pairs = i16x8.extadd_pairwise_i8x16_u(sums);
  const fours = i32x4.extadd_pairwise_i16x8_u(pairs);
  return (
    i32x4.extract_lane(fours, 0) +
    i32x4.extract_lane(fours, 1) +
    i32x4.extract_lane(fours, 2) +
    i32x4.extract_lane(fours, 3)
  );
}

/** Measure anew where enough bytes have passed. */
export function measureStride(at: usize, newStart: usize): void {
  if (at - measuredAt < INTERVAL) return;
  measuredAt = at;
  if (at - newStart < WINDOW + LARGEST) return;
  let most: u32 = 0;
  let best: usize = 2;
  for (let distance: usize = 2; distance <= LARGEST; distance++) {
    const equal = equalBytes(at, distance);
    if (equal > most + (most >> 5)) {
      most = equal;
      best = distance;
    }
  }
  stride = best;
}
