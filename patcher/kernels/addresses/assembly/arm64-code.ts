import { imageBytes, shiftOf, shiftOfPlace } from './address-map';
import { addressOf, armWord, inImage, isListing, KIND_ARM_BRANCH, KIND_ARM_LOW, KIND_ARM_PAGE, listArm } from './field';

/** How far behind an ADRP the instructions that use its page are looked for, in bytes. */
const PAGE_USERS_BYTES: usize = 64;

/**
 * Take every B and BL, and every ADRP with the ADD, loads and stores that complete its address.
 * @param begin At an instruction.
 * @param last No instruction is begun at or behind it.
 * @param end No field may reach behind it.
 */
export function walkArm64(begin: usize, last: usize, end: usize): usize {
  let at = begin;
  for (; at < last; at += 4) {
    if (at + 4 > end) return last;
    const word = load<u32>(at);
    if ((word & 0x7c000000) === 0x14000000) branch(at, word);
    else if ((word & 0x9f000000) === 0x90000000) page(at, word, end);
  }
  return at;
}

// @ts-ignore: decorator
@inline
function branch(at: usize, word: u32): void {
  const place = addressOf(at);
  const target = place + <u32>((<i32>(word << 6)) >> 4);
  if (!inImage(target)) return;
  if (isListing()) {
    listArm(at, target, KIND_ARM_BRANCH, 0);
    return;
  }
  const change = shiftOf(target) - shiftOfPlace(place);
  armWord(at, (word & 0xfc000000) | (((word & 0x03ffffff) + (change >> 2)) & 0x03ffffff), KIND_ARM_BRANCH);
}

/** An ADRP names a page; which address is meant, and so which page it will be, its first user tells. */
function page(at: usize, word: u32, end: usize): void {
  const register = word & 31;
  const place = addressOf(at);
  const pages = <i32>((((word >> 5) & 0x7ffff) << 2) | ((word >> 29) & 3)) << 11 >> 11;
  const oldPage = (place & ~0xfff) + <u32>(pages << 12);
  if (!inImage(oldPage)) return;
  let target = oldPage;
  let found: usize = 0;
  const stop = min<usize>(at + PAGE_USERS_BYTES, end - 3);
  for (let next = at + 4; next < stop; next += 4) {
    const user = load<u32>(next);
    if ((user & 0x9f00001f) === (0x90000000 | register)) break;
    if (((user >> 5) & 31) !== register) continue;
    const scale = userScale(user);
    if (scale < 0) continue;
    const low = ((user >> 10) & 0xfff) << scale;
    if (low > 0xfff || !inImage(oldPage + low)) continue;
    if (!found) {
      found = next;
      target = oldPage + low;
    }
    if (!isListing()) {
      const moved = oldPage + low + shiftOf(oldPage + low);
      armWord(next, (user & ~(0xfff << 10)) | (((moved & 0xfff) >> scale) << 10), KIND_ARM_LOW);
    }
    if ((user & 31) === register && overwrites(user)) break;
  }
  if (isListing()) {
    listArm(at, target, KIND_ARM_PAGE, found ? <u32>(found - at) : 0);
    return;
  }
  const newPage = (target + shiftOf(target)) & ~0xfff;
  const newPlace = (place + shiftOfPlace(place)) & ~0xfff;
  const distance = <u32>((<i32>(newPage - newPlace)) >> 12);
  armWord(
    at,
    (word & 0x9f00001f) | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5),
    KIND_ARM_PAGE,
  );
}

/** True for a user that writes its Rd: ADD, and loads into a general register. */
// @ts-ignore: decorator
@inline
function overwrites(user: u32): bool {
  if ((user & 0xffc00000) === 0x91000000) return true;
  return (user & 0x04000000) === 0 && (user & 0x00c00000) !== 0;
}

/** Log2 of the unit of an instruction's 12-bit immediate: 0 for ADD, the access size for LDR and STR; -1 for others. */
// @ts-ignore: decorator
@inline
function userScale(word: u32): i32 {
  if ((word & 0xffc00000) === 0x91000000) return 0;
  if ((word & 0x3b000000) !== 0x39000000) return -1;
  const vector = (word & 0x04800000) === 0x04800000 && word >> 30 === 0;
  return vector ? 4 : <i32>(word >> 30);
}
