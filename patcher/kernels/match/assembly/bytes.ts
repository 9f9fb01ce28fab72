/** How many bytes from two addresses on are equal, at most `limit`; both have 16 readable bytes behind the limit. */
export function countEqual(a: usize, b: usize, limit: usize): usize {
  let count: usize = 0;
  while (count + 16 <= limit) {
    const equal = i8x16.bitmask(i8x16.eq(v128.load(a + count), v128.load(b + count)));
    if (equal !== 0xffff) return count + <usize>ctz<i32>(~equal);
    count += 16;
  }
  while (count < limit && load<u8>(a + count) === load<u8>(b + count)) count++;
  return count;
}

/** How many of 32 bytes from two addresses on are equal. */
// @ts-ignore: decorator
@inline
export function countEqual32(a: usize, b: usize): i32 {
  const low = i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)));
  const high = i8x16.bitmask(i8x16.eq(v128.load(a, 16), v128.load(b, 16)));
  return popcnt<i32>(low | (high << 16));
}
