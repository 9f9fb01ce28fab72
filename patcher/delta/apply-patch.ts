import { mkdir, readdir, statfs } from 'node:fs/promises';
import type { Sha256 } from '../formats/manifest.ts';
import type { OldFile, Patch } from '../formats/patch.ts';
import { computeTreeDigest, type DigestEntry } from '../formats/tree-digest.ts';
import { checkOldFiles } from './check-old.ts';
import { decodeSegment } from './decode-segment.ts';
import { deltaErrors } from './delta-errors.ts';
import type { OpenPatch } from './open-patch.ts';
import { OutputTree } from './output-tree.ts';
import { type FilePlan, planSegments } from './plan-pieces.ts';
import { TreeFiles } from './tree-files.ts';

export interface ApplyPatchOptions {
  readonly patch: OpenPatch;
  readonly oldRoot: string;
  /** Created; must be empty if it exists. */
  readonly outRoot: string;
  /**
   * What is checked of the old files before anything is written: their sizes, or their hashes too, which reads them
   * all. The result is checked either way. `hashes` by default.
   */
  readonly checkOld?: 'sizes' | 'hashes';
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ApplyProgress) => void;
}

export interface ApplyProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

export interface ApplyReport {
  readonly newTreeDigest: Sha256;
  readonly files: number;
  readonly bytesWritten: number;
}

/**
 * Make the complete new tree in a fresh folder. Holds one segment at a time. The files of a failed run are left
 * for the caller to delete with the folder.
 * @throws {AppError} `PATCH_OLD_MISMATCH` before anything is written when the old folder is another build;
 *   `PATCH_OUTPUT_EXISTS`, `PATCH_NO_SPACE`, `PATCH_SEGMENT_DAMAGED`, `PATCH_RESULT_MISMATCH`, `PATCH_READ_FAILED`,
 *   `PATCH_WRITE_FAILED`; what the patch's source throws; the signal's reason if it fires.
 */
export async function applyPatchToFolder(options: ApplyPatchOptions): Promise<ApplyReport> {
  const { patch, oldRoot, outRoot, signal, checkOld = 'hashes' } = options;
  signal?.throwIfAborted();
  await checkOldFiles(patch.patch, oldRoot, { hashes: checkOld === 'hashes', signal });
  await prepareFolder(patch.patch, outRoot);
  using output = new OutputTree(outRoot);
  using oldFiles = new TreeFiles(oldRoot);
  const run = new ApplyRun(options, output, oldFiles);
  return run.run();
}

async function prepareFolder({ entries }: Patch, outRoot: string): Promise<void> {
  const neededBytes = sumSizes(entries);
  let held: string[];
  let freeBytes: number;
  try {
    await mkdir(outRoot, { recursive: true });
    held = await readdir(outRoot);
    const { bavail, bsize } = await statfs(outRoot);
    freeBytes = bavail * bsize;
  } catch (cause) {
    throw deltaErrors.error('PATCH_WRITE_FAILED', { path: outRoot }, cause);
  }
  if (held.length > 0) throw deltaErrors.error('PATCH_OUTPUT_EXISTS', { path: outRoot });
  if (neededBytes > freeBytes) throw deltaErrors.error('PATCH_NO_SPACE', { neededBytes, freeBytes });
}

function sumSizes(entries: Patch['entries']): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0);
}

/** One stretch of a file that a segment makes. */
interface Write {
  readonly path: string;
  readonly offsetInSegment: number;
  readonly fileOffset: number;
  readonly length: number;
}

class ApplyRun {
  readonly #options: ApplyPatchOptions;
  readonly #patch: Patch;
  readonly #output: OutputTree;
  readonly #oldFiles: TreeFiles;
  readonly #plans: Map<string, FilePlan>;
  readonly #bytesTotal: number;
  #bytesDone = 0;

  constructor(options: ApplyPatchOptions, output: OutputTree, oldFiles: TreeFiles) {
    this.#options = options;
    this.#patch = options.patch.patch;
    this.#output = output;
    this.#oldFiles = oldFiles;
    this.#plans = planSegments(this.#patch);
    this.#bytesTotal = sumSizes(this.#patch.entries);
  }

  async run(): Promise<ApplyReport> {
    this.#makeFolders();
    await this.#copyFiles();
    await this.#makeFiles();
    const hashes = this.#output.finishFiles();
    this.#finishEntries();
    const newTreeDigest = computeTreeDigest(this.#describe(hashes));
    if (newTreeDigest !== this.#patch.newTreeDigest) {
      throw deltaErrors.error('PATCH_RESULT_MISMATCH', { reason: 'the new tree is not the expected one' });
    }
    return { newTreeDigest, files: hashes.size, bytesWritten: this.#bytesDone };
  }

  #makeFolders(): void {
    for (const { path } of this.#patch.entries) this.#output.makeParents(path);
    for (const entry of this.#patch.entries) {
      if (entry.kind === 'directory') this.#output.makeFolder(entry.path);
      else if (entry.kind === 'file') this.#output.createFile(entry.path);
    }
  }

  async #copyFiles(): Promise<void> {
    const { entries, oldFiles } = this.#patch;
    for (const entry of entries) {
      if (entry.kind !== 'file' || entry.origin.kind !== 'copy') continue;
      const { path, sizeBytes } = oldFiles[entry.origin.oldFile] as OldFile;
      for (let offset = 0; offset < sizeBytes; offset += COPY_BYTES) {
        const bytes = this.#oldFiles.read(path, offset, Math.min(COPY_BYTES, sizeBytes - offset));
        this.#output.write(entry.path, offset, bytes);
        await this.#advance(bytes.length);
      }
    }
  }

  async #makeFiles(): Promise<void> {
    const writes = this.#writesBySegment();
    for (const [row, segment] of this.#patch.segments.entries()) {
      const compressed = await this.#options.patch.readSegment(segment, this.#options.signal);
      const made = decodeSegment({
        segment,
        compressed,
        readOld: ({ oldFile, offset, length }) =>
          this.#oldFiles.read((this.#patch.oldFiles[oldFile] as OldFile).path, offset, length),
      });
      for (const { path, offsetInSegment, fileOffset, length } of writes[row] ?? []) {
        this.#output.write(path, fileOffset, made.subarray(offsetInSegment, offsetInSegment + length));
        await this.#advance(length);
      }
    }
  }

  #writesBySegment(): Write[][] {
    const writes: Write[][] = this.#patch.segments.map(() => []);
    for (const [path, plan] of this.#plans) {
      if (plan.kind === 'copy') continue;
      for (const { segment, ...piece } of plan.pieces) writes[segment]?.push({ path, ...piece });
    }
    return writes;
  }

  /** Links last, so that nothing is written through one; then modes, folders after what they hold. */
  #finishEntries(): void {
    const { entries } = this.#patch;
    for (const entry of entries) if (entry.kind === 'link') this.#output.makeLink(entry.path, entry.target);
    for (const entry of entries) if (entry.kind === 'file') this.#output.setMode(entry.path, entry.mode);
    for (const entry of entries.toReversed()) {
      if (entry.kind === 'directory') this.#output.setMode(entry.path, entry.mode);
    }
  }

  *#describe(hashes: ReadonlyMap<string, Sha256>): Generator<DigestEntry> {
    for (const entry of this.#patch.entries) {
      if (entry.kind !== 'file') yield entry;
      else {
        const { kind, path, mode, sizeBytes } = entry;
        yield { kind, path, mode, sizeBytes, sha256: hashes.get(path) as Sha256 };
      }
    }
  }

  async #advance(bytes: number): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#bytesDone += bytes;
    this.#options.onProgress?.({ bytesDone: this.#bytesDone, bytesTotal: this.#bytesTotal });
    // Reads and writes above are synchronous: let timers, signals and sockets have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const COPY_BYTES = 2 ** 20;
