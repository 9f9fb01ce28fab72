/** Space of a file system block: what a file of one byte takes. */
export const BLOCK_BYTES = 4096;
/** The lock, the small state files and their directories. */
export const STATE_BYTES = 64 * 1024;
/** Journal bytes per staged chunk and per staged file, each with its frame. */
export const JOURNAL_RECORD_BYTES = 40;

/** What a file of this size takes on disk. */
export function toBlocks(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/**
 * What the written steps of a commit, and the names in staging, take for one entry: its path twice in JSON, with
 * slots and modes, and a directory entry of some ten characters.
 */
export function stepBytes(path: string): number {
  return 2 * Buffer.byteLength(path) + 120;
}
