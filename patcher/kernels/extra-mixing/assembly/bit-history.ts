import { FIRST_PROBABILITY, HISTORY_COUNTS, HISTORY_NUMBERS, NEXT_STATE } from './layout';

/**
 * A bit history is one byte that stands for how many zeros and ones were seen in a context, roughly in which order: the counts
 * are bounded, an unexpected bit shrinks the other count, and where both occurred the last bit is kept, too.
 */

/** The most of the commoner bit that is counted beside `rarer` of the other. */
function boundOf(rarer: u32): u32 {
  if (rarer === 0) return 41;
  if (rarer === 1) return 24;
  if (rarer === 2) return 9;
  return 6;
}

function isCounted(zeros: u32, ones: u32): bool {
  const rarer = min(zeros, ones);
  return rarer <= 6 && max(zeros, ones) <= boundOf(rarer);
}

/** What is left of a count when the other bit comes. */
function shrink(count: u32): u32 {
  return count <= 3 ? count : min(3 + ((count - 2) >> 2), 7);
}

function numberAddress(zeros: u32, ones: u32, last: u32): usize {
  return HISTORY_NUMBERS + <usize>((zeros * 64 + ones) * 2 + last);
}

function nextNumber(zeros: u32, ones: u32, bit: u32): u8 {
  let same = bit ? ones : zeros;
  let other = shrink(bit ? zeros : ones);
  while (other > 0 && !isCounted(same, other)) other--;
  if (isCounted(same + 1, other)) same++;
  return load<u8>(numberAddress(bit ? other : same, bit ? same : other, bit));
}

export function buildHistoryTables(): void {
  let number: u32 = 0;
  for (let total: u32 = 0; total <= 48; total++) {
    for (let zeros: u32 = 0; zeros <= total; zeros++) {
      const ones = total - zeros;
      if (!isCounted(zeros, ones)) continue;
      const kinds: u32 = zeros > 0 && ones > 0 ? 2 : 1;
      for (let last: u32 = 0; last < 2; last++) {
        const state = number + min(last, kinds - 1);
        store<u8>(numberAddress(zeros, ones, last), <u8>state);
        store<u8>(HISTORY_COUNTS + ((<usize>state) << 1), <u8>zeros);
        store<u8>(HISTORY_COUNTS + ((<usize>state) << 1), <u8>ones, 1);
      }
      number += kinds;
    }
  }
  for (let state: u32 = 0; state < number; state++) {
    const zeros = <u32>load<u8>(HISTORY_COUNTS + ((<usize>state) << 1));
    const ones = <u32>load<u8>(HISTORY_COUNTS + ((<usize>state) << 1), 1);
    store<u8>(NEXT_STATE + ((<usize>state) << 1), nextNumber(zeros, ones, 0));
    store<u8>(NEXT_STATE + ((<usize>state) << 1), nextNumber(zeros, ones, 1), 1);
    store<u16>(
      FIRST_PROBABILITY + ((<usize>state) << 1),
      <u16>(((ones * 2 + 1) * 32767) / (zeros + ones + 1)),
    );
  }
}

// @ts-ignore: decorator
@inline
export function nextState(state: u32, bit: u32): u8 {
  return load<u8>(NEXT_STATE + ((<usize>state) << 1) + <usize>bit);
}
