/** An exact match shorter than this is not worth a control triple, so the index does not look for it. */
export const INDEX_WINDOW_BYTES = 12;

/** Slots looked at from a hash's own on: enough to keep the best of a few equal strings, still one cache line. */
export const INDEX_PROBES = 4;

/** Odd multiplier of the rolling hash (from Knuth's golden ratio); its powers mod 2^32 spread every byte upwards. */
export const HASH_MULTIPLIER = 0x9e3779b1 | 0;

/** The multiplier's power that the byte leaving the window carries. */
export const HASH_LEAVING = power(HASH_MULTIPLIER, INDEX_WINDOW_BYTES - 1);

/**
 * Where each short string of the old bytes lies: one open table over the rolling hash of every `step`-th position.
 * A slot holds `tag << positionBits | position + 1`, 0 when empty. Both buffers may be shared between threads.
 */
export interface OldIndex {
  readonly old: Uint8Array;
  readonly slots: Uint32Array;
  /** `32 − log2(slots.length)`: shift that turns a mixed hash into a slot. */
  readonly slotShift: number;
  readonly positionBits: number;
}

/** What an index over so many old bytes takes, and how densely it can afford to look. */
export interface IndexShape {
  readonly slotsLog2: number;
  readonly step: number;
  /** Old bytes and table together. */
  readonly memoryBytes: number;
}

/** Below this there is no use in a smaller table. */
const SLOTS_LOG2_MIN = 10;
/** A sparser index would miss most of what moved in small pieces; the reference is cut instead. */
const STEP_MAX = 8;

/**
 * Choose the densest index that fits a budget.
 * @returns `undefined` when even the sparsest does not fit.
 */
export function planIndex(oldBytes: number, budgetBytes: number): IndexShape | undefined {
  for (let step = 1; step <= STEP_MAX; step *= 2) {
    const wanted = Math.max(1, Math.ceil((oldBytes / step) * 1.25));
    const slotsLog2 = Math.max(SLOTS_LOG2_MIN, Math.ceil(Math.log2(wanted)));
    const memoryBytes = oldBytes + 4 * 2 ** slotsLog2;
    if (memoryBytes <= budgetBytes && slotsLog2 <= 29) return { slotsLog2, step, memoryBytes };
  }
  return undefined;
}

/**
 * Index the old bytes.
 * @param slots Empty table of `2 ** shape.slotsLog2` slots, shared between threads or not.
 */
export function buildOldIndex(old: Uint8Array, shape: IndexShape, slots: Uint32Array): OldIndex {
  const index = describeIndex(old, slots);
  const { slotShift, positionBits } = index;
  const slotMask = slots.length - 1;
  const tagMask = positionBits === 32 ? 0 : (0xffffffff << positionBits) >>> 0;
  const last = old.length - INDEX_WINDOW_BYTES;
  if (last < 0) return index;
  let hash = hashAt(old, 0);
  let previous = ~hash;
  for (let position = 0; ; position++) {
    // A run of one byte has one hash everywhere: its first position is enough, the rest would flood the table.
    if (position % shape.step === 0 && hash !== previous) {
      const mixed = mixHash(hash);
      let slot = mixed >>> slotShift;
      for (let probe = 0; probe < INDEX_PROBES; probe++) {
        if (slots[slot] === 0) {
          slots[slot] = (((Math.imul(mixed, HASH_MULTIPLIER) & tagMask) >>> 0) | (position + 1)) >>> 0;
          break;
        }
        slot = (slot + 1) & slotMask;
      }
      previous = hash;
    }
    if (position === last) return index;
    hash = rollHash(hash, old[position] as number, old[position + INDEX_WINDOW_BYTES] as number);
  }
}

/** The view another thread makes of a built index. */
export function describeIndex(old: Uint8Array, slots: Uint32Array): OldIndex {
  return {
    old,
    slots,
    slotShift: 32 - Math.log2(slots.length),
    positionBits: Math.min(32, Math.ceil(Math.log2(old.length + 2))),
  };
}

/** The rolling hash of the window at `position`. */
export function hashAt(bytes: Uint8Array, position: number): number {
  let hash = 0;
  for (let i = 0; i < INDEX_WINDOW_BYTES; i++) {
    hash = (Math.imul(hash, HASH_MULTIPLIER) + (bytes[position + i] as number) + 1) | 0;
  }
  return hash;
}

/** The rolling hash one position on. */
export function rollHash(hash: number, leaving: number, entering: number): number {
  return (Math.imul((hash - Math.imul(leaving + 1, HASH_LEAVING)) | 0, HASH_MULTIPLIER) + entering + 1) | 0;
}

/** Spread a rolling hash so that its top bits are good ones. */
export function mixHash(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < exponent; i++) result = Math.imul(result, base);
  return result;
}
