/** What a reader of manifests will take, so that memory and time stay bounded whatever a manifest claims. */
export interface ManifestLimits {
  /** Bytes of the manifest as stored. */
  readonly storedBytesMax: number;
  /** Bytes of its body once decompressed. */
  readonly bodyBytesMax: number;
  readonly entriesMax: number;
  /** Distinct chunks. */
  readonly chunksMax: number;
  /** Chunks of all files, counting repeats. */
  readonly chunkReferencesMax: number;
  readonly packsMax: number;
}

/**
 * Five times the largest game we plan for (200,000 files, 1,000,000 chunks, about 38 MB of body): a build that
 * meets these should be split into depots instead.
 */
export const DEFAULT_MANIFEST_LIMITS: ManifestLimits = {
  storedBytesMax: 256 * 2 ** 20,
  bodyBytesMax: 256 * 2 ** 20,
  entriesMax: 1_000_000,
  chunksMax: 5_000_000,
  chunkReferencesMax: 10_000_000,
  packsMax: 200_000,
};

/** Smallest `minBytes` of chunking: below it chunk tables outgrow what they save. */
export const CHUNKING_BYTES_MIN = 64;
/** Largest `maxBytes` of chunking, and so the largest chunk: what a decoder must hold at once. */
export const CHUNK_BYTES_MAX = 16 * 2 ** 20;
/** Largest pack: one object that a service checks in memory. */
export const PACK_BYTES_MAX = 128 * 2 ** 20;
/** Frame bytes beyond the raw size: zstd's own bound for content that does not compress. */
export const FRAME_OVERHEAD_BYTES_MAX = 1024;

export const LAUNCH_TARGETS_MAX = 32;
export const LAUNCH_NAME_CHARACTERS_MAX = 100;
export const LAUNCH_ARGUMENTS_MAX = 64;
export const LAUNCH_ARGUMENT_CHARACTERS_MAX = 1024;
/** Bytes of one launch target as stored, so that a body of nothing but arguments stays small in memory. */
export const LAUNCH_BYTES_MAX = 512 * 1024;
export const PRESERVE_PATTERNS_MAX = 256;
export const PRESERVE_CHARACTERS_MAX = 400;
