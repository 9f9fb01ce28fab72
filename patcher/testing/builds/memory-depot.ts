import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest, PackReference, Sha256, TreeEntry } from '../../formats/manifest.ts';
import { parseManifest } from '../../formats/manifest-format.ts';
import { decodeChunk, verifyPack } from '../../formats/pack-format.ts';
import { sha256At, sha256BytesAt } from '../../formats/sha256.ts';
import type { KnownChunks, PackUploadRequest, PushPort } from '../../push/push-port.ts';

interface StoredChunk {
  readonly pack: Sha256;
  readonly offset: number;
  readonly packedBytes: number;
}

/** A depot in memory: takes pushes as the service does, checks every pack, and gives whole trees back. */
export class MemoryDepot implements PushPort {
  readonly packs = new Map<Sha256, Uint8Array>();
  /** Manifests as committed; build ids count from 1. */
  readonly manifests: Uint8Array[] = [];
  /** Calls of `uploadPack`, repeats counted. */
  uploads = 0;
  readonly #chunks = new Map<Sha256, StoredChunk>();

  async locateChunks(sha256s: Uint8Array): Promise<KnownChunks> {
    const packs: PackReference[] = [];
    const rows = new Map<Sha256, number>();
    const found = Array.from({ length: sha256s.length / 32 }, (_, row) =>
      this.#chunks.get(sha256At(sha256s, row)),
    );
    for (const chunk of found) {
      if (chunk === undefined || rows.has(chunk.pack)) continue;
      rows.set(chunk.pack, packs.length);
      packs.push({ sha256: chunk.pack, sizeBytes: this.#pack(chunk.pack).length });
    }
    return {
      packs,
      pack: found.map((chunk) => (chunk === undefined ? -1 : (rows.get(chunk.pack) as number))),
      offset: found.map((chunk) => chunk?.offset ?? 0),
      packedBytes: found.map((chunk) => chunk?.packedBytes ?? 0),
    };
  }

  async uploadPack({ sha256, bytes, index }: PackUploadRequest): Promise<void> {
    this.uploads++;
    verifyPack(bytes, sha256, index);
    this.packs.set(sha256, bytes);
    for (let row = 0; row < index.count; row++) {
      const place = { offset: index.offset[row] as number, packedBytes: index.packedBytes[row] as number };
      this.#chunks.set(sha256At(index.sha256, row), { pack: sha256, ...place });
    }
  }

  async commitManifest(bytes: Uint8Array): Promise<{ readonly buildId: number }> {
    const { packs } = parseManifest(bytes);
    for (const { sha256 } of packs) this.#pack(sha256);
    return { buildId: this.manifests.push(bytes) };
  }

  /** The manifest of a build, parsed. */
  manifest(buildId: number): Manifest {
    const bytes = this.manifests[buildId - 1];
    if (bytes === undefined) throw new Error(`there is no build ${buildId}`);
    return parseManifest(bytes);
  }

  /** The raw bytes of a file of a build, from its chunks. */
  readFile(manifest: Manifest, entry: Extract<TreeEntry, { kind: 'file' }>): Uint8Array {
    const { chunks, packs } = manifest;
    const raws = Array.from(entry.chunks, (row) => {
      const pack = this.#pack(packs[chunks.pack[row] as number]?.sha256 as Sha256);
      const offset = chunks.offset[row] as number;
      const frame = pack.subarray(offset, offset + (chunks.packedBytes[row] as number));
      const identity = {
        sizeBytes: chunks.sizeBytes[row] as number,
        sha256: sha256BytesAt(chunks.sha256, row),
      };
      return decodeChunk(frame, identity);
    });
    return Buffer.concat(raws);
  }

  /** Write a build's whole tree into a new folder. */
  async restore(buildId: number, root: string): Promise<void> {
    const manifest = this.manifest(buildId);
    await mkdir(root, { recursive: true });
    for (const entry of manifest.entries)
      await this.#restoreEntry(manifest, entry, path.join(root, entry.path));
    // Modes last and deepest first: a folder may forbid writing into it.
    for (const entry of manifest.entries.toReversed()) {
      if (entry.kind !== 'link') await chmod(path.join(root, entry.path), entry.mode);
    }
  }

  async #restoreEntry(manifest: Manifest, entry: TreeEntry, absolute: string): Promise<void> {
    if (entry.kind === 'directory') await mkdir(absolute);
    else if (entry.kind === 'link') await symlink(entry.target, absolute);
    else await writeFile(absolute, this.readFile(manifest, entry));
  }

  #pack(sha256: Sha256): Uint8Array {
    const bytes = this.packs.get(sha256);
    if (bytes === undefined) throw new Error(`pack ${sha256} is not stored`);
    return bytes;
  }
}
