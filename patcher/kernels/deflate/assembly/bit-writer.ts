/** Deflate's bits: the lowest of a byte first. The caller makes sure that there is room. */
let next: usize = 0;
let start: usize = 0;
let pending: u64 = 0;
let pendingBits: u32 = 0;

export function beginBits(output: usize): void {
  start = output;
  next = output;
  pending = 0;
  pendingBits = 0;
}

/** @param count At most 32; the value has no bits above. */
// @ts-ignore: decorator
@inline
export function writeBits(value: u32, count: u32): void {
  pending |= <u64>value << pendingBits;
  pendingBits += count;
  if (pendingBits < 32) return;
  store<u32>(next, <u32>pending);
  next += 4;
  pending >>= 32;
  pendingBits -= 32;
}

/** Fill the byte begun with zeros. */
export function alignToByte(): void {
  while (pendingBits > 0) {
    store<u8>(next++, <u8>pending);
    pending >>= 8;
    pendingBits = pendingBits > 8 ? pendingBits - 8 : 0;
  }
  pending = 0;
}

export function writeBytes(from: usize, count: u32): void {
  memory.copy(next, from, count);
  next += count;
}

/** Whole and begun bytes, once so many bits more are written. */
export function bytesAfter(bits: u32): u32 {
  return <u32>(next - start) + ((pendingBits + bits + 7) >> 3);
}
