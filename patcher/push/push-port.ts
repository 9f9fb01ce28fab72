import type { PackReference, Sha256 } from '../formats/manifest.ts';
import type { PackIndex } from '../formats/pack-format.ts';

/** Which of the asked chunks are stored already, as columns in the order of the asked hashes. */
export interface KnownChunks {
  readonly packs: readonly PackReference[];
  /** Index into `packs`, or -1 for a chunk that is not stored. */
  readonly pack: ArrayLike<number>;
  readonly offset: ArrayLike<number>;
  readonly packedBytes: ArrayLike<number>;
}

/** One pack to store. */
export interface PackUploadRequest {
  readonly sha256: Sha256;
  readonly bytes: Uint8Array;
  readonly index: PackIndex;
}

/** What a push needs of a service, or of a folder on disk. */
export interface PushPort {
  /** @param sha256s 32 bytes a chunk, distinct. */
  locateChunks(sha256s: Uint8Array): Promise<KnownChunks>;
  /** Store a pack under its hash; storing it again changes nothing. */
  uploadPack(pack: PackUploadRequest): Promise<void>;
  /** Make the build; all its packs are stored by then. */
  commitManifest(bytes: Uint8Array): Promise<{ readonly buildId: number }>;
}
