import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ChunkingParameters } from '../../formats/manifest.ts';
import { type ScannedTree, scanTree } from '../../scan/scan-tree.ts';
import {
  type FakeBuild,
  type FakeNode,
  makeFakeBuild,
  writeFakeBuild,
} from '../../testing/trees/tree-builder.ts';
import { type ApplyPatchOptions, applyPatchToFolder } from '../apply/apply-patch.ts';
import { makePatch, type MakePatchOptions, type PatchReport } from '../make/make-patch.ts';
import { type OpenPatch, openPatch, type PatchSource } from '../apply/open-patch.ts';

/** Small chunks, so that trees of a few hundred kilobytes have many. */
const CHUNKING = { minBytes: 2048, averageBytes: 8192, maxBytes: 32_768 };

/** Two fake builds on disk, and what is made between them. Dispose it to delete all of it. */
export class PatchFixture implements AsyncDisposable {
  readonly folder: string;
  #runs = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<PatchFixture> {
    return new PatchFixture(await mkdtemp(path.join(tmpdir(), 'gantry-delta-')));
  }

  /** A path that does not exist yet. */
  fresh(name: string): string {
    return path.join(this.folder, `${name}-${this.#runs++}`);
  }

  async write(build: FakeBuild, chunking: ChunkingParameters = CHUNKING): Promise<ScannedTree> {
    const root = this.fresh('build');
    await writeFakeBuild(root, build);
    return scanTree({ root, chunking, workers: 1 });
  }

  /** Make a patch, with one thread and little effort unless asked otherwise. */
  async make(
    oldTree: ScannedTree,
    newTree: ScannedTree,
    options: Partial<MakePatchOptions> = {},
  ): Promise<{ readonly bytes: Buffer; readonly report: PatchReport }> {
    const outPath = this.fresh('patch');
    const report = await makePatch({
      oldRoot: oldTree.root,
      oldTree,
      newRoot: newTree.root,
      newTree,
      outPath,
      effort: 'fast',
      workers: 1,
      ...options,
    });
    return { bytes: await readFile(outPath), report };
  }

  /** Apply a patch in memory to an old build, on the calling thread where another is not asked for. @returns The new tree's folder. */
  async apply(
    bytes: Uint8Array,
    oldRoot: string,
    { useCallingThread = true }: Pick<ApplyPatchOptions, 'useCallingThread'> = {},
  ): Promise<string> {
    const outRoot = this.fresh('out');
    await applyPatchToFolder({ patch: await openBytes(bytes), oldRoot, outRoot, useCallingThread });
    return outRoot;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A patch in memory as a source of ranges; `reads` counts them. */
export function memorySource(bytes: Uint8Array): PatchSource & { reads: number } {
  return {
    sizeBytes: bytes.length,
    reads: 0,
    async read(offset, length) {
      this.reads++;
      return bytes.subarray(offset, offset + length);
    },
  };
}

export function openBytes(bytes: Uint8Array): Promise<OpenPatch> {
  return openPatch(memorySource(bytes));
}

/** A fake build of about 300 KB: every kind of entry, with its large files cut short. */
export function makeSmallBuild(seed: number): Map<string, FakeNode> {
  const build = makeFakeBuild({ seed, packBytes: 150_000, assets: 5 });
  for (const [treePath, node] of build) {
    if (node.kind === 'file') build.set(treePath, { ...node, bytes: node.bytes.subarray(0, 60_000) });
  }
  return build;
}
