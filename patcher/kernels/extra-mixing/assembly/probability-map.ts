/** Adaptive probabilities of 16 bits, which move by a share of what they were off by. */

// @ts-ignore: decorator
@inline
export function updateProbability(address: usize, bit: u32, rate: i32): void {
  const value = <i32>load<u16>(address);
  store<u16>(address, <u16>(value + (((bit ? 65535 : 0) - value) >> rate)));
}
