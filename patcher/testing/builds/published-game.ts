import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { makePatch } from '../../delta/make/make-patch.ts';
import type { ObjectReference } from '../../download/object-fetcher.ts';
import type { ChunkingParameters, Manifest, Sha256 } from '../../formats/manifest.ts';
import { manifestSha256 } from '../../formats/manifest-format.ts';
import type { BuildReference } from '../../install/install.ts';
import { pushBuild } from '../../push/push-build.ts';
import { type ScannedTree, scanTree } from '../../scan/scan-tree.ts';
import { MemoryDepot } from './memory-depot.ts';
import { type FakeBuild, writeFakeBuild } from '../trees/tree-builder.ts';

/** Chunks small enough that small trees have many. */
export const SMALL_CHUNKS: ChunkingParameters = { minBytes: 2048, averageBytes: 8192, maxBytes: 32_768 };

/** A build as published: where its tree lies, and what a launcher is told of it. */
export interface PublishedBuild {
  readonly root: string;
  readonly reference: BuildReference;
  readonly manifest: Manifest;
  readonly scanned: ScannedTree;
}

/** What a patch between builds is made of. */
type PatchSide = Pick<PublishedBuild, 'root' | 'reference' | 'scanned'>;

/** A game's builds and patches as objects of a CDN, by their paths. */
export class PublishedGame {
  readonly objects = new Map<string, Uint8Array>();
  readonly #scratch: string;
  readonly #depot = new MemoryDepot();

  /** @param scratch Folder for the builds' trees. */
  constructor(scratch: string) {
    this.#scratch = scratch;
  }

  async publish(
    build: FakeBuild,
    {
      preserve = [],
      chunking = SMALL_CHUNKS,
    }: { preserve?: readonly string[]; chunking?: ChunkingParameters } = {},
  ): Promise<PublishedBuild> {
    const root = path.join(this.#scratch, `build-${this.#depot.manifests.length + 1}`);
    await writeFakeBuild(root, build);
    const scanned = await scanTree({ root, chunking, workers: 1 });
    const options = {
      root,
      scanned,
      port: this.#depot,
      launch: [],
      preserve,
      level: 1,
      packBytes: 1_000_000,
    };
    const { buildId } = await pushBuild(options);
    const bytes = this.#depot.manifests[buildId - 1] as Uint8Array;
    for (const [sha256, pack] of this.#depot.packs) this.objects.set(`packs/${sha256}`, pack);
    const manifest = this.#add('manifests', bytes);
    const reference = { buildId, version: `1.${buildId}`, manifest };
    return { root, reference, manifest: this.#depot.manifest(buildId), scanned };
  }

  /** Make the patch from one build to another. */
  async publishPatch(old: PatchSide, next: PatchSide): Promise<ObjectReference> {
    const outPath = path.join(this.#scratch, `${old.reference.buildId}-${next.reference.buildId}.patch`);
    await makePatch({
      oldRoot: old.root,
      oldTree: old.scanned,
      newRoot: next.root,
      newTree: next.scanned,
      outPath,
      effort: 'fast',
      workers: 1,
      memoryBudgetBytes: 64 * 2 ** 20,
    });
    return this.#add('patches', await readFile(outPath));
  }

  /** Serve other bytes under an object's path, or nothing. */
  replaceObject(objectPath: string, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) this.objects.delete(objectPath);
    else this.objects.set(objectPath, bytes);
  }

  /** Publish bytes as a manifest without looking at them. */
  addManifest(bytes: Uint8Array): ObjectReference {
    return this.#add('manifests', bytes);
  }

  object(objectPath: string): Uint8Array {
    const bytes = this.objects.get(objectPath);
    if (bytes === undefined) throw new Error(`there is no ${objectPath}`);
    return bytes;
  }

  #add(kind: string, bytes: Uint8Array): ObjectReference {
    const sha256: Sha256 = manifestSha256(bytes);
    const objectPath = `${kind}/${sha256}`;
    this.objects.set(objectPath, bytes);
    return { sha256, sizeBytes: bytes.length, path: objectPath };
  }
}
