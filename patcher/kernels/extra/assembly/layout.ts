/**
 * Where the models and tables lie in the kernel's memory. The first 64 KiB stay free for the compiler's own data;
 * behind `MODELS_END` come the buffers of a run, see buffers.ts.
 */
export const MODELS: usize = 0x10000;
/** The table of slots found by a hash: more would cost more to wait for than they save. */
export const HASHED_SLOT_BITS: u32 = 12;
const HASHED_BYTES: usize = 32 << <usize>HASHED_SLOT_BITS;
export const HASHED: usize = MODELS;
/** Slots by the byte before: 256 × (1 + 16). */
export const ORDER1: usize = HASHED + HASHED_BYTES;
/** Slots of the symbols of copies, see token-models.ts. */
export const TOKENS: usize = ORDER1 + 256 * 17 * 32;
export const SLOTS_END: usize = TOKENS + 256 * 32;
export const FLAGS: usize = SLOTS_END;
export const FLAGS_END: usize = FLAGS + 512;
/** The end of all that learns. */
export const MODELS_END: usize = FLAGS_END;
/** Price of each frequency / 8, in 1/64 bit. */
export const PRICES: usize = MODELS_END;
export const TABLES_END: usize = PRICES + 4096 * 2;

/** Extra bytes whose symbols are coded at once; their words are one chunk. */
export const CHUNK_BYTES: u32 = 1 << 18;
/** Extra bytes that are coded, or stored raw, together. */
export const BLOCK_BYTES: u32 = 1 << 15;
/** Headers of blocks. */
export const CODED_BLOCK: u32 = 0;
export const RAW_BLOCK: u32 = 1;
/** Zeros before the history, so that contexts may look back. */
export const MARGIN_BYTES: usize = 16;
