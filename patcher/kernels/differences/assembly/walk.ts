/** Goes through blocks, words and bytes, asking of each whether it differs, and keeps what was seen. */
import { encodedBytes } from '../../assembly/binary-coder';
import { isEncoding } from '../../assembly/direction';
import {
  closeField,
  correctField,
  fieldDelta,
  fieldOld,
  fieldOpen,
  fieldStart,
  fieldTrust,
  guessDelta,
  guessField,
  guessTrust,
  learnEqual,
  openField,
  resetFields,
} from './fields';
import { codeByEight, codeByThree, codeSureBit, FLAG_LIMIT, flagSlot, isSure, resetTables } from './mixed-bit';
import { codeValue, learnFollower, resetFollowers } from './values';

/** Bytes of a large block and of a block. */
const LARGE: usize = 1024;
const BLOCK: usize = 64;

/** Of the last eight blocks, how many differ where blocks are no longer asked about, only their words. */
const DENSE: u32 = 2;

/** The risk, of 65536, from which bytes that stay equal are taken for a field that has not changed. */
const LIKELY: u32 = 16000;

/** The risk that two bytes of code are followed by a difference, before any was seen. */
const FIRST_RISK: u16 = 1500;

/** For each two old bytes: the risk, of 65536, that a difference starts after them. */
const riskTable = memory.data(65536 * 2);

let flags: u32 = 0;
let wordFlags: u32 = 0;
let blockFlags: u32 = 0;
let largeFlags: u32 = 0;
/** The last three differences, the latest lowest. */
let lastDifferences: u32 = 0;
let lastDifferent: usize = 0;

/** The eight old bytes before the next block, when the block before it differs. */
let oldBefore: u64 = 0;

let oldAt: usize = 0;
let newAt: usize = 0;
let marksAt: usize = 0;

/** @returns Whether all was coded; false when encoding would exceed `most` bytes. */
export function codeDifferences<Direction>(
  oldBytes: usize,
  newBytes: usize,
  marks: usize,
  length: usize,
  most: usize,
): bool {
  resetTables();
  resetFields();
  for (let i: usize = 0; i < 65536; i++) store<u16>(riskTable + (i << 1), FIRST_RISK);
  resetFollowers();
  flags = 0;
  wordFlags = 0;
  blockFlags = 0;
  largeFlags = 0;
  lastDifferences = 0;
  lastDifferent = 0;
  oldAt = oldBytes;
  newAt = newBytes;
  marksAt = marks;
  for (let at: usize = 0; at < length; at += LARGE) {
    if (isEncoding<Direction>() && encodedBytes() > most) return false;
    codeLarge<Direction>(at);
  }
  return true;
}

function differs(at: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i += 8) {
    if (load<u64>(oldAt + at + i) !== load<u64>(newAt + at + i)) return true;
  }
  return false;
}

/** Whether the open field is thought to change a byte at or after `at`: 1; not: 0; none is open: 2. */
function pendingAt(at: usize): u32 {
  if (!fieldOpen || at >= fieldStart + 4) return 2;
  const changed = (fieldOld + fieldDelta) ^ fieldOld;
  return u32(changed >> ((<u32>(at - fieldStart)) << 3) !== 0);
}

function codeLarge<Direction>(at: usize): void {
  let different: u32 = isEncoding<Direction>() ? u32(differs(at, LARGE)) : 0;
  const history = largeFlags & 255;
  const slot = flagSlot(0, 0x10000 | history);
  const other = flagSlot(1, 0x10000 | (history & 3));
  const third = flagSlot(2, 0x10000 | (pendingAt(at) << 1) | (history & 1));
  different = codeByThree<Direction>(different, 0, FLAG_LIMIT, slot, other, third);
  largeFlags = (largeFlags << 1) | different;
  if (!different) {
    blockFlags = 0;
    wordFlags = 0;
    flags = 0;
    return;
  }
  let any: u32 = 0;
  for (let block: usize = 0; block < LARGE; block += BLOCK) {
    any |= codeBlock<Direction>(at + block, block + BLOCK === LARGE && !any);
  }
}

/** @returns Whether anything in the block differs. */
function codeBlock<Direction>(at: usize, certain: bool): u32 {
  let different: u32 = 1;
  const dense = popcnt(blockFlags & 0xff) >= DENSE;
  if (!certain && !dense) {
    if (isEncoding<Direction>()) different = u32(differs(at, BLOCK));
    const pending = pendingAt(at);
    const distance = distanceClass(at);
    const history = blockFlags & 0xffff;
    different = codeByThree<Direction>(
      different,
      1 + <usize>pending,
      FLAG_LIMIT,
      flagSlot(0, 0x20000 | (history & 0xff)),
      flagSlot(2, 0x200000 | history),
      flagSlot(3, 0x20000 | (distance << 2) | pending),
    );
  }
  if (!different) {
    blockFlags <<= 1;
    wordFlags = 0;
    flags = 0;
    return 0;
  }
  let any: u32 = 0;
  // Old bytes may be overwritten while their neighbours still need them.
  let before = at > 0 ? oldBefore : 0;
  if (at > 0 && !(blockFlags & 1)) before = load<u64>(oldAt + at - 8);
  for (let word: usize = 0; word < BLOCK; word += 8) {
    const current = load<u64>(oldAt + at + word);
    any |= codeWord<Direction>(at + word, before, current, word === 56 && !any && (!dense || certain));
    before = current;
  }
  oldBefore = before;
  blockFlags = (blockFlags << 1) | any;
  return any;
}

/** How far the last different byte is: exact up to 15, then two classes for each doubling, up to 40. */
function distanceClass(at: usize): u32 {
  const distance = <u32>(at - lastDifferent);
  if (distance < 16) return distance;
  return min<u32>(40, 16 + ((32 - clz(distance)) << 1) - 10 + ((distance >> (30 - clz(distance))) & 1));
}

/** Ask whether a word of eight bytes differs, by how risky its places are, and code it if so. */
function codeWord<Direction>(at: usize, before: u64, current: u64, certain: bool): u32 {
  let different: u32 = 1;
  let riskMax: u32 = 0;
  let riskAt: u32 = 0;
  let riskPair: u32 = 0;
  if (!certain) {
    if (isEncoding<Direction>()) different = u32(load<u64>(newAt + at) !== current);
    let risks: u32 = 0;
    for (let k: u32 = 0; k < 8; k++) {
      const pair = <u32>(k === 0 ? before >> 48 : k === 1 ? (before >> 56) | (current << 8) : current >> ((k - 2) << 3)) & 0xffff;
      const risk = <u32>load<u16>(riskTable + (pair << 1));
      risks += risk;
      if (risk > riskMax) {
        riskMax = risk;
        riskAt = k;
        riskPair = pair;
      }
    }
    guessField(at + riskAt, load<u32>(oldAt + at + riskAt), riskPair);
    const riskClass = logClass(risks);
    const maxClass = logClass(riskMax);
    const pending = pendingAt(at);
    const history = wordFlags;
    const distance = distanceClass(at);
    const marked = marksAt ? u32((load<u64>(marksAt + at) & 0x0e0e0e0e0e0e0e0e) !== 0) : 0;
    const primary = flagSlot(1, 0x30000 | riskClass | (maxClass << 6) | (pending << 12) | (marked << 14));
    const slot = load<u32>(primary);
    if (isSure(slot)) different = codeSureBit<Direction>(different, primary, slot, FLAG_LIMIT);
    else {
      different = codeByEight<Direction>(
        different,
        8 + <usize>pending * 24 + <usize>(maxClass >> 1),
        FLAG_LIMIT,
        flagSlot(0, 0x30000 | (history & 0xff) | (pending << 8)),
        primary,
        flagSlot(2, 0x30000000 | (<u32>(before >> 48)) | (pending << 16)),
        flagSlot(3, 0x30000 | (distance << 2) | pending | (riskClass << 8)),
        flagSlot(4, ((riskPair << 5) | (riskAt << 2) | pending) * 0x2c1b3c6d + 3),
        flagSlot(5, (0x30000000 | <u32>(before >> 56) | ((<u32>current & 0xffff) << 8)) * 0x2c1b3c6d),
        flagSlot(6, 0x30000 | (history & 0xfff) | (<u32>((at >> 3) & 7) << 12)),
        flagSlot(7, ((guessDelta << 7) | (guessTrust << 4) | (riskAt << 1) | u32(pending === 1)) * 0x2c1b3c6d + (maxClass >> 1)),
      );
    }
  }
  wordFlags = (wordFlags << 1) | different;
  if (!different) {
    flags <<= 8;
    if (riskMax > LIKELY) learnEqual(at + riskAt, load<u32>(oldAt + at + riskAt));
    lowerRisk(riskPair);
    return 0;
  }
  codeBytes<Direction>(at, before, current);
  return 1;
}

// @ts-ignore: decorator
@inline
function lowerRisk(pair: u32): void {
  const address = riskTable + (pair << 1);
  const risk = <u32>load<u16>(address);
  store<u16>(address, <u16>(risk - (risk >> 5)));
}

/** Two classes for each doubling. */
function logClass(value: u32): u32 {
  if (value < 4) return value;
  const log = 31 - clz(value);
  return (log << 1) | ((value >> (log - 1)) & 1);
}

function codeBytes<Direction>(at: usize, before: u64, current: u64): void {
  const following = load<u64>(oldAt + at + 8);
  let any: u32 = 0;
  for (let k: u32 = 0; k < 8; k++) {
    const shift = k << 3;
    const past = k ? (before >> shift) | (current << (64 - shift)) : before;
    const ahead = <u32>(k ? (current >> shift) | (following << (64 - shift)) : current);
    any |= codeByte<Direction>(at + k, past, ahead, k === 7 && !any, k);
  }
}

/** @returns Whether the byte differs. */
function codeByte<Direction>(at: usize, past: u64, ahead: u32, certain: bool, k: u32): u32 {
  const old = ahead & 255;
  const p1 = <u32>(past >> 56);
  const p21 = <u32>(past >> 48);
  const p321 = <u32>(past >> 40);
  let newByte: u32 = isEncoding<Direction>() ? load<u8>(newAt + at) : 0;

  let index: u32 = 0;
  if (fieldOpen) {
    if (at >= fieldStart + 4) closeField(load<u32>(newAt + fieldStart));
    else index = <u32>(at - fieldStart);
  }
  let expected: u32 = old;
  let state: u32 = 0;
  if (index) {
    expected = ((fieldOld + fieldDelta) >> (index << 3)) & 255;
    state = index | (u32(expected !== old) << 2) | (fieldTrust << 3);
  }
  // What nearly always stays equal after these two bytes is settled before anything is looked up.
  const mark = markAt(at);
  const primary = flagSlot(6, ((p21 << 5) | state | (mark << 21)) + 0x40000000);
  const slot = load<u32>(primary);
  const sure = isSure(slot) && !certain;
  let different: u32 = isEncoding<Direction>() ? u32(newByte !== old) : 1;
  if (sure) {
    different = codeSureBit<Direction>(different, primary, slot, FLAG_LIMIT);
    if (!different) {
      flags <<= 1;
      learnFollower(newPairAt(at), old);
      if (index && expected !== old) correctField(index, old);
      return 0;
    }
  }
  if (!index) {
    guessField(at, ahead, p21);
    expected = (old + guessDelta) & 255;
    state = (u32(expected !== old) << 2) | (min<u32>(3, guessTrust) << 3);
  }
  if (!certain && !sure) {
    const distance = distanceClass(at);
    different = codeByEight<Direction>(
      different,
      128 + <usize>state,
      FLAG_LIMIT,
      flagSlot(0, ((p21 << 8) | old | (state << 24)) * 0x2c1b3c6d + 1 + mark),
      flagSlot(1, ((flags & 0xffff) | (state << 16)) + 0x40000000),
      flagSlot(2, ((p321 << 5) | state) * 0x2c1b3c6d + 2),
      flagSlot(3, ((ahead >> 16) | (p1 << 16) | (state << 24)) * 0x2c1b3c6d + 3),
      flagSlot(4, ((lastDifferences << 8) | (flags & 255)) * 0x2c1b3c6d + state),
      flagSlot(5, ((distance << 3) | k | (state << 10) | (mark << 15)) + 0x40000000),
      primary,
      flagSlot(7, ((flags & 15) | (old << 4) | (k << 12)) * 0x2c1b3c6d + state),
    );
  }
  flags = (flags << 1) | different;
  if (!index) {
    const risk = riskTable + (p21 << 1);
    const value = <u32>load<u16>(risk);
    store<u16>(risk, <u16>(different ? value + ((65535 - value) >> 5) : value - (value >> 5)));
  }
  if (!different) {
    learnFollower(newPairAt(at), old);
    if (index && expected !== old) correctField(index, old);
    return 0;
  }
  newByte = codeValue<Direction>(
    newByte,
    old,
    expected,
    state,
    p21,
    ahead >> 16,
    <u32>newPairAt(at),
    at > 0 ? <u32>load<u8>(newAt + at - 1) : 0,
    flags,
    lastDifferences,
    mark,
  );
  if (!isEncoding<Direction>()) store<u8>(newAt + at, <u8>newByte);
  learnFollower(newPairAt(at), newByte);
  const difference = (newByte - old) & 255;
  if (index) {
    if (newByte !== expected) correctField(index, newByte);
  } else {
    openField(at, ahead, p21, difference);
  }
  lastDifferences = (lastDifferences << 8) | difference;
  lastDifferent = at;
  return 1;
}

/** Where in a predicted field a byte lies: 0 to 7, 0 where nothing is known. */
// @ts-ignore: decorator
@inline
function markAt(at: usize): u32 {
  return marksAt ? (<u32>load<u8>(marksAt + at) >> 1) & 7 : 0;
}

/** The two new bytes before a place. */
// @ts-ignore: decorator
@inline
function newPairAt(at: usize): usize {
  return at > 1 ? <usize>load<u16>(newAt + at - 2) : 0;
}
