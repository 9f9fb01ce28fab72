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
