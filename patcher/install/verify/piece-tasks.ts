import type { FileEntry, Manifest, TreeEntry } from '../../formats/manifest.ts';
import { SHA256_BYTES, sha256BytesAt } from '../../formats/sha256.ts';
import type { PieceTask } from './hash-pieces.ts';
import { LOOK_KINDS } from './tree-looks.ts';

/** Bytes of one task: large files spread over threads, and no thread is left with much when the others are done. */
const TASK_BYTES = 8 * 2 ** 20;
/** Entries of one task: small files travel together. */
const TASK_ENTRIES = 256;

/** Where a task begins: at a chunk of an entry, `offset` bytes into its file. */
interface Cut {
  readonly entry: number;
  readonly chunk: number;
  readonly offset: number;
}

/**
 * All entries of a build in tasks for threads. Only where each begins is held; a task is made when a thread is free
 * for it.
 */
export class PieceTasks {
  readonly #root: string;
  readonly #manifest: Manifest;
  readonly #cuts: readonly Cut[];

  constructor(root: string, manifest: Manifest) {
    this.#root = root;
    this.#manifest = manifest;
    this.#cuts = [...cutTasks(manifest), { entry: manifest.entries.length, chunk: 0, offset: 0 }];
  }

  get count(): number {
    return this.#cuts.length - 1;
  }

  /** The entry of a task's first row; its others follow one by one. */
  firstEntry(task: number): number {
    return (this.#cuts[task] as Cut).entry;
  }

  make(task: number): PieceTask {
    const begin = this.#cuts[task] as Cut;
    const end = this.#cuts[task + 1] as Cut;
    const entries = this.#manifest.entries.slice(begin.entry, end.chunk > 0 ? end.entry + 1 : end.entry);
    const rows = entries.map((entry, row) => {
      if (entry.kind !== 'file') return NO_CHUNKS;
      const isCut = end.chunk > 0 && row === entries.length - 1;
      return entry.chunks.subarray(row === 0 ? begin.chunk : 0, isCut ? end.chunk : undefined);
    });
    const offsets = new Float64Array(entries.length);
    offsets[0] = begin.offset;
    return {
      root: this.#root,
      paths: entries.map(({ path }) => path),
      kinds: Uint8Array.from(entries, ({ kind }) => LOOK_KINDS[kind]),
      offsets,
      chunkCounts: Uint32Array.from(rows, (chunks) => chunks.length),
      ...this.#columnsOf(rows),
    };
  }

  #columnsOf(rows: readonly Uint32Array[]): Pick<PieceTask, 'chunkBytes' | 'sha256'> {
    const count = rows.reduce((sum, chunks) => sum + chunks.length, 0);
    const chunkBytes = new Uint32Array(count);
    const sha256 = new Uint8Array(count * SHA256_BYTES);
    let at = 0;
    for (const chunks of rows) {
      for (const chunk of chunks) {
        chunkBytes[at] = this.#manifest.chunks.sizeBytes[chunk] as number;
        sha256.set(sha256BytesAt(this.#manifest.chunks.sha256, chunk), at++ * SHA256_BYTES);
      }
    }
    return { chunkBytes, sha256 };
  }
}

const NO_CHUNKS = new Uint32Array();

function* cutTasks({ entries, chunks }: Manifest): Generator<Cut> {
  let taskBytes = 0;
  let taskEntries = TASK_ENTRIES;
  for (const [index, entry] of entries.entries()) {
    const fits = taskEntries < TASK_ENTRIES && taskBytes + bytesOf(entry) <= TASK_BYTES;
    if (!fits) {
      yield { entry: index, chunk: 0, offset: 0 };
      taskBytes = 0;
      taskEntries = 0;
    }
    taskEntries++;
    if (fits || entry.kind !== 'file') {
      taskBytes += bytesOf(entry);
      continue;
    }
    taskBytes = yield* cutFile(index, entry, chunks.sizeBytes);
  }
}

/** Cut a file that begins a task. @returns Bytes of its last task. */
function* cutFile(index: number, file: FileEntry, chunkBytes: Uint32Array): Generator<Cut, number> {
  let taskBytes = 0;
  let offset = 0;
  for (const [at, row] of file.chunks.entries()) {
    const sizeBytes = chunkBytes[row] as number;
    if (taskBytes > 0 && taskBytes + sizeBytes > TASK_BYTES) {
      yield { entry: index, chunk: at, offset };
      taskBytes = 0;
    }
    taskBytes += sizeBytes;
    offset += sizeBytes;
  }
  return taskBytes;
}

function bytesOf(entry: TreeEntry): number {
  return entry.kind === 'file' ? entry.sizeBytes : 0;
}
