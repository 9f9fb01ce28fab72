/**
 * Makes a stream's content. Used where old bytes are expanded, on untrusted bytes.
 * @see RFC 1951
 */
import { dropBits, overrun, peekBits, readBits, refill } from './bit-reader';
import { distanceEntry, literalEntry, openBlock, STORED, blockIsLast, blockKind, takeStored, storedBytes } from './block-reader';
import {
  DISTANCE_SYMBOLS,
  distanceBase,
  distanceExtraBits,
  END_OF_BLOCK,
  LITERAL_SYMBOLS,
  lengthBase,
  lengthExtraBits,
} from './symbols';

/**
 * Inflate the stream that is being read.
 * @param header Room for a block's header. @param lengths Room for its code lengths, 320 bytes.
 * @param most How long the content may be: not a byte behind is written.
 * @returns How long it is, or -1 for what is no stream or has more content.
 */
export function inflateBlocks(header: usize, lengths: usize, output: usize, most: u32): i32 {
  let position: i32 = 0;
  do {
    if (!openBlock(header, lengths)) return -1;
    position = blockKind === STORED ? inflateStored(output, position, most) : inflateTokens(output, position, most);
    if (position < 0) return -1;
  } while (!blockIsLast);
  return position;
}

function inflateStored(output: usize, position: u32, most: u32): i32 {
  const from = takeStored(most - position);
  if (from === 0) return -1;
  memory.copy(output + position, from, storedBytes);
  return <i32>(position + storedBytes);
}

function inflateTokens(output: usize, position: u32, most: u32): i32 {
  let at = position;
  for (;;) {
    refill();
    const entry = literalEntry(peekBits());
    if (entry === 0) return -1;
    dropBits(entry & 15);
    const symbol = entry >> 4;
    if (symbol < END_OF_BLOCK) {
      if (at >= most) return -1;
      store<u8>(output + at, symbol);
      at++;
      continue;
    }
    if (symbol === END_OF_BLOCK) break;
    if (symbol >= LITERAL_SYMBOLS) return -1;
    const length = lengthBase(symbol) + readBits(lengthExtraBits(symbol));
    refill();
    const slotEntry = distanceEntry(peekBits());
    if (slotEntry === 0) return -1;
    dropBits(slotEntry & 15);
    const slot = slotEntry >> 4;
    if (slot >= DISTANCE_SYMBOLS) return -1;
    const distance = distanceBase(slot) + readBits(distanceExtraBits(slot));
    if (distance > at || length > most - at) return -1;
    copyMatch(output + at, distance, length, most - at);
    at += length;
    // Zeros behind the end may be codes for ever.
    if (overrun()) return -1;
  }
  return overrun() ? -1 : <i32>at;
}

/** @param room Bytes that may be written to. */
// @ts-ignore: decorator
@inline
function copyMatch(to: usize, distance: u32, length: u32, room: u32): void {
  let from = to - distance;
  const stop = to + length;
  if (distance >= 8 && length + 8 <= room) {
    while (to < stop) {
      store<u64>(to, load<u64>(from));
      to += 8;
      from += 8;
    }
  } else if (distance === 1) {
    memory.fill(to, load<u8>(from), length);
  } else {
    while (to < stop) store<u8>(to++, load<u8>(from++));
  }
}
