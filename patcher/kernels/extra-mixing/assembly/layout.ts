/**
 * Where everything lies in the kernel's memory. The tables have fixed addresses, so that they cost no loads; behind them the
 * caller lays zeros, the old bytes, the new bytes, zeros, and then rows and coded bytes.
 */

/** Hashed contexts; each adds an input. */
export const CONTEXTS: usize = 14;
/** Models that point at one byte expected next; each adds an input. */
export const POINTERS: usize = 5;
/** Inputs of the mixers: a multiple of 8, as they are taken eight at a time. */
export const INPUTS: usize = 24;
/** Mixers of the first layer. */
export const MIXERS: usize = 4;
/** Weight vectors of each mixer. */
export const MIXER_CONTEXTS: usize = 2048;

/** Fixed data of the shared modules lies below. */
export const TABLES: usize = 0x10000;
/** Scratch while the bit histories are numbered. */
export const HISTORY_NUMBERS: usize = TABLES;
export const HISTORY_COUNTS: usize = HISTORY_NUMBERS + 64 * 64 * 2;
export const NEXT_STATE: usize = HISTORY_COUNTS + 512;
export const FIRST_PROBABILITY: usize = NEXT_STATE + 512;
export const COSTS: usize = FIRST_PROBABILITY + 512;
export const CONTEXT_HASHES: usize = COSTS + 4096 * 2;
export const SLOT_ADDRESSES: usize = CONTEXT_HASHES + 128;
export const CELL_ADDRESSES: usize = SLOT_ADDRESSES + 128;
export const POINTER_STATES: usize = CELL_ADDRESSES + 128;
export const LAYER: usize = 0x20000;
export const HISTORY_MAPS: usize = 0x21000;
export const POINTER_MAPS: usize = HISTORY_MAPS + CONTEXTS * 256 * 2;
/** Each pointer model has 2^12 probabilities. */
export const POINTER_MAP_BYTES: usize = 4096 * 2;
export const FINAL_WEIGHTS: usize = POINTER_MAPS + POINTERS * POINTER_MAP_BYTES;
export const REFINEMENTS: usize = FINAL_WEIGHTS + 256 * 16;
export const REFINEMENT_BYTES: usize = 0x1000 * 33 * 2;
export const MIXER_WEIGHTS: usize = (REFINEMENTS + 2 * REFINEMENT_BYTES + 0xffff) & ~0xffff;
export const MATCH_BITS: u32 = 20;
export const LONG_MATCHES: usize = MIXER_WEIGHTS + MIXERS * MIXER_CONTEXTS * INPUTS * 2;
export const SHORT_MATCHES: usize = LONG_MATCHES + (4 << MATCH_BITS);
export const NEAR_TARGETS: usize = SHORT_MATCHES + (4 << MATCH_BITS);
export const TARGETS: usize = NEAR_TARGETS + 1024;
/** Lines of four slots: 13 MiB. */
export const SLOT_LINES: u64 = 212992;
export const DIRECT_SLOTS: usize = (TARGETS + 65536 * 4 + 63) & ~63;
export const SLOTS: usize = (DIRECT_SLOTS + 257 * 512 + 63) & ~63;
export const TABLES_END: usize = SLOTS + <usize>SLOT_LINES * 64;
