/** Memory that threads match in: the old bytes and their table for all, and an area of its own for each. */
export interface MatchMemory {
  readonly memory: WebAssembly.Memory;
  /** Room for old bytes and table, their padding included. */
  readonly indexBytes: number;
  /** Room for the new bytes of a thread. */
  readonly newBytesMax: number;
}

/** Where things lie in it, in bytes from its beginning. */
export interface MatchLayout {
  readonly old: number;
  readonly table: number;
  readonly newBytes: number;
  readonly scratch: number;
}

const PAGE_BYTES = 2 ** 16;
/** Rounded up from the larger of what the kernel says filling the table and matching take. */
export const SCRATCH_BYTES = 3 * 2 ** 20;
/** Zeros before the new bytes: what foretells the first ones is read there. */
export const LEAD_BYTES = 64;

/** Untouched pages cost nothing, so that a thread's area is as large as its largest segment. */
export function createMatchMemory(size: {
  readonly indexBytes: number;
  readonly newBytesMax: number;
  readonly threads: number;
}): MatchMemory {
  const indexBytes = roundUp(size.indexBytes);
  const newBytesMax = size.newBytesMax;
  const totalBytes = PAGE_BYTES + indexBytes + size.threads * countAreaBytes(newBytesMax);
  const pages = totalBytes / PAGE_BYTES;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return { memory, indexBytes, newBytesMax };
}

/** @param thread From 0. */
export function layMatchMemory(
  { indexBytes, newBytesMax }: MatchMemory,
  oldBytes: number,
  thread: number,
): MatchLayout {
  const area = PAGE_BYTES + indexBytes + thread * countAreaBytes(newBytesMax);
  return {
    // The first page holds what the compiler puts there.
    old: PAGE_BYTES,
    table: roundUp(PAGE_BYTES + oldBytes + PAGE_BYTES),
    newBytes: area + LEAD_BYTES,
    scratch: area + newBytesArea(newBytesMax),
  };
}

/** What a thread's area takes of the memory. */
export function countAreaBytes(newBytesMax: number): number {
  return newBytesArea(newBytesMax) + SCRATCH_BYTES;
}

/** Bytes behind the last are read, never used; those before the first are zeros. */
function newBytesArea(newBytesMax: number): number {
  return roundUp(LEAD_BYTES + newBytesMax + PAGE_BYTES);
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
