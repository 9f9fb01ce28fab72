/** Reads bits, the lowest of a byte first; zeros behind the end, where `overrun` says so. */
let next: usize = 0;
let start: usize = 0;
let end: usize = 0;
let pending: u64 = 0;
let pendingBits: u32 = 0;
let borrowed: u32 = 0;

export function beginReadingBits(input: usize, length: u32): void {
  start = input;
  next = input;
  end = input + length;
  pending = 0;
  pendingBits = 0;
  borrowed = 0;
}

/** Make at least 32 bits ready. */
// @ts-ignore: decorator
@inline
export function refill(): void {
  if (pendingBits >= 32) return;
  if (next + 4 <= end) {
    pending |= <u64>load<u32>(next) << pendingBits;
    next += 4;
    pendingBits += 32;
  } else {
    refillSlowly();
  }
}

function refillSlowly(): void {
  while (pendingBits < 32) {
    if (next < end) pending |= <u64>load<u8>(next++) << pendingBits;
    else borrowed += 8;
    pendingBits += 8;
  }
}

// @ts-ignore: decorator
@inline
export function peekBits(): u32 {
  return <u32>pending;
}

// @ts-ignore: decorator
@inline
export function dropBits(count: u32): void {
  pending >>= count;
  pendingBits -= count;
}

/** @param count At most 16. */
export function readBits(count: u32): u32 {
  refill();
  const value = <u32>pending & ((1 << count) - 1);
  dropBits(count);
  return value;
}

/** More bits were read than there are. */
export function overrun(): bool {
  return borrowed > pendingBits;
}

export function skipToByte(): void {
  dropBits(pendingBits & 7);
}

/** Where the next whole byte lies; only after `skipToByte`. */
export function takeBytes(count: u32): usize {
  const at = next - (pendingBits >> 3);
  const length = <usize>count;
  if (borrowed !== 0 || at + length > end) return 0;
  next = at + length;
  pending = 0;
  pendingBits = 0;
  return at;
}

/** Bytes read, the last perhaps in part. */
export function bytesRead(): u32 {
  return <u32>(next - start) - ((pendingBits - borrowed) >> 3);
}
