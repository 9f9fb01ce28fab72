import type { SeededRandom } from '../../testing/random-bytes.ts';

/** Values that parsers trip over: ends of ranges, signs, continuation bits. */
const AWKWARD_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];
const BLOCK_BYTES_MAX = 64;
/** More and more seldom, up to so many at once. */
const MUTATIONS_MAX = 4;

type Mutation = (bytes: Buffer, at: number, random: SeededRandom, donor: Uint8Array) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, at, random) {
    return setByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
  },
  function setRandomByte(bytes, at, random) {
    return setByte(bytes, at, random.below(256));
  },
  function setAwkwardByte(bytes, at, random) {
    return setByte(bytes, at, AWKWARD_BYTES[random.below(AWKWARD_BYTES.length)] as number);
  },
  function truncate(bytes, at) {
    return bytes.subarray(0, at);
  },
  function insert(bytes, at, random) {
    return splice(bytes, at, 0, random.bytes(1 + random.below(BLOCK_BYTES_MAX)));
  },
  function remove(bytes, at, random) {
    return splice(bytes, at, 1 + random.below(BLOCK_BYTES_MAX), new Uint8Array());
  },
  function duplicate(bytes, at, random) {
    const from = random.below(bytes.length + 1);
    return splice(bytes, at, 0, bytes.subarray(from, from + 1 + random.below(BLOCK_BYTES_MAX)));
  },
  function overwrite(bytes, at, random) {
    const length = random.below(BLOCK_BYTES_MAX);
    return splice(bytes, at, length, random.bytes(length));
  },
  editVarint,
  editVarint,
  function graft(bytes, at, random, donor) {
    return Buffer.concat([bytes.subarray(0, at), donor.subarray(random.below(donor.length + 1))]);
  },
];

/**
 * Change bytes in one way, sometimes up to four: bits, bytes, varints, blocks taken out, put in or repeated, the end cut, or the
 * end of other bytes put in its place. Half of all changes fall into the first 32 bytes, where structure is.
 * @returns New bytes; sometimes equal to those given.
 */
export function mutateBytes(bytes: Uint8Array, random: SeededRandom, donor: Uint8Array): Buffer {
  let mutated = Buffer.from(bytes);
  for (let left = 1 + random.below(1 + random.below(MUTATIONS_MAX)); left > 0; left--) {
    const reach = random.below(2) === 0 ? Math.min(32, mutated.length) : mutated.length;
    const mutate = MUTATIONS[random.below(MUTATIONS.length)] as Mutation;
    mutated = Buffer.from(mutate(mutated, random.below(reach), random, donor));
  }
  return mutated;
}

/** Put another number in the place of the varint that a byte belongs to. */
function editVarint(bytes: Buffer, at: number, random: SeededRandom): Buffer {
  let start = at;
  while (start > 0 && at - start < 8 && (bytes[start - 1] ?? 0) >= 0x80) start--;
  let end = start;
  let value = 0n;
  while (end < bytes.length && end - start < 9) {
    const byte = bytes[end++] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (end - 1 - start));
    if (byte < 0x80) break;
  }
  return splice(bytes, start, end - start, toVarint(nextNumber(value, random)));
}

function nextNumber(value: bigint, random: SeededRandom): bigint {
  const word = BigInt(random.word());
  const choices = [
    0n,
    value + 1n,
    value === 0n ? 1n : value - 1n,
    value ^ 1n,
    value * 2n,
    word & 0xffn,
    word,
    2n ** BigInt(random.below(54)),
    2n ** BigInt(random.below(54)) - 1n,
  ];
  return choices[random.below(choices.length)] as bigint;
}

function toVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.of(...bytes, Number(rest));
}

function setByte(bytes: Buffer, at: number, byte: number): Buffer {
  if (at < bytes.length) bytes[at] = byte;
  return bytes;
}

function splice(bytes: Buffer, at: number, length: number, inserted: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + length)]);
}
