/**
 * How likely words and bytes are to differ, by what is known before any of it was coded: rough probabilities, of which
 * two bits each become contexts.
 * @see docs/formats/differences-coding.md#likelihoods
 */
import { fillWords } from '../../assembly/mixing';
import { fieldDelta, fieldOld, fieldOpen, fieldStart, fieldTrust, guessDelta, guessField, guessTrust } from './fields';

/** The risk that two bytes are followed by a difference, before any was seen, of 65536. */
const FIRST_RISK: u32 = 1500;
const FIRST_WORD: u32 = 0x2000;
const FIRST_PENDING: u32 = 0x8000;

/** Where levels 1, 2 and 3 begin, of 65536. */
const LEVEL1: u32 = 3000;
const LEVEL2: u32 = 13000;
const LEVEL3: u32 = 36000;

/** By the two bytes before: the risk that a difference starts after them. */
const riskTable = memory.data(65536 * 2, 16);
/** By what is known of a word's riskiest place, 2^9. */
const wordTable = memory.data(512 * 2, 16);
/** By the change guessed there, hashed to 13 bits. */
const deltaTable = memory.data(8192 * 2, 16);
/** By the place in the open field, whether it is thought to change there, and how far that is trusted. */
const pendingTable = memory.data(64 * 2, 16);

/** Of the block's eight words: their entries in the tables. */
const wordEntries = memory.data(8 * 4, 16);
const deltaEntries = memory.data(8 * 4, 16);

export function resetLikelihoods(): void {
  fillWords(riskTable, 65536 * 2, FIRST_RISK * 0x10001);
  fillWords(wordTable, 512 * 2, FIRST_WORD * 0x10001);
  fillWords(deltaTable, 8192 * 2, FIRST_WORD * 0x10001);
  fillWords(pendingTable, 64 * 2, FIRST_PENDING * 0x10001);
}

/** 0 to 3. */
// @ts-ignore: decorator
@inline
function levelOf(probability: u32): u32 {
  return u32(probability > LEVEL1) + u32(probability > LEVEL2) + u32(probability > LEVEL3);
}

// @ts-ignore: decorator
@inline
function adapt(address: usize, bit: u32, rate: u32): void {
  const value = <u32>load<u16>(address);
  store<u16>(address, <u16>(bit ? value + ((65535 - value) >> rate) : value - (value >> rate)));
}

/** One bit for each of four bytes: whether it is not 0. */
// @ts-ignore: decorator
@inline
export function nonzeroBytes(value: u32): u32 {
  return i8x16.bitmask(i8x16.ne(i32x4.splat(value), i32x4.splat(0))) & 15;
}

/** Judge the words of a block. @returns Two bits for each, the first lowest. */
export function judgeWords(bytes: usize, marks: usize, at: usize): u32 {
  let levels: u32 = 0;
  for (let word: u32 = 0; word < 8; word++) levels |= judgeWord(bytes, marks, at + (word << 3), word << 2) << (word << 1);
  return levels;
}

function judgeWord(bytes: usize, marks: usize, at: usize, entry: usize): u32 {
  // The greatest risk, at the first of its places: no branch depends on it.
  let ranked: u32 = 0;
  for (let k: u32 = 0; k < 8; k++) {
    const risk = <u32>load<u16>(riskTable + (<usize>load<u16>(bytes + at + k - 2) << 1));
    ranked = max<u32>(ranked, (risk << 3) | (7 - k));
  }
  const most = ranked >> 3;
  const where = 7 - (ranked & 7);
  const value = load<u32>(bytes + at + where);
  guessField(at + where, value, load<u16>(bytes + at + where - 2));
  const marked = marks ? u32((load<u64>(marks + at) & 0x0e0e0e0e0e0e0e0e) !== 0) : 0;
  const known = (most >> 12) | (guessTrust << 4) | (u32(guessDelta !== 0) << 7) | (marked << 8);
  const delta = ((guessDelta ^ (guessTrust << 28) ^ (where << 25) ^ ((most >> 13) << 22)) * 0x9e3779b1) >> 19;
  store<u32>(wordEntries + entry, known);
  store<u32>(deltaEntries + entry, delta);
  return levelOf((<u32>load<u16>(wordTable + (known << 1)) + <u32>load<u16>(deltaTable + (delta << 1))) >> 1);
}

/** Learn which words of the block just judged differ. */
export function learnWords(mask: u32): void {
  for (let word: u32 = 0; word < 8; word++) {
    const bit = (mask >> word) & 1;
    adapt(wordTable + (load<u32>(wordEntries + (word << 2)) << 1), bit, 5);
    adapt(deltaTable + (load<u32>(deltaEntries + (word << 2)) << 1), bit, 4);
  }
}

/** Of the half last judged: how many of its bytes, from the first on, belong to the open field. */
export let pendingCount: u32 = 0;
/** Which of these are thought to change, and how far that is trusted: 0 without any. */
let pendingMask: u32 = 0;
let pendingTrust: u32 = 0;

/** Judge four bytes. @returns Two bits for each, the first lowest. */
export function judgeBytes(bytes: usize, at: usize): u32 {
  pendingCount = 0;
  pendingMask = 0;
  pendingTrust = 0;
  if (fieldOpen && fieldStart < at && at < fieldStart + 4) {
    const index = <u32>(at - fieldStart);
    pendingCount = 4 - index;
    pendingMask = nonzeroBytes((fieldOld ^ (fieldOld + fieldDelta)) >> (index << 3));
    pendingTrust = 1 + fieldTrust;
  }
  let levels: u32 = 0;
  for (let k: u32 = 0; k < 4; k++) levels |= levelOf(<u32>load<u16>(byteEntry(bytes, at, k))) << (k << 1);
  return levels;
}

// @ts-ignore: decorator
@inline
function byteEntry(bytes: usize, at: usize, k: u32): usize {
  if (k >= pendingCount) return riskTable + (<usize>load<u16>(bytes + at + k - 2) << 1);
  return pendingTable + (<usize>(((pendingMask >> k) & 1) | ((pendingTrust - 1) << 1) | ((k + 4 - pendingCount) << 3)) << 1);
}

/** Learn which of the four bytes just judged differ, while they still are the old ones. */
export function learnBytes(bytes: usize, at: usize, mask: u32): void {
  for (let k: u32 = 0; k < 4; k++) adapt(byteEntry(bytes, at, k), (mask >> k) & 1, 5);
}
