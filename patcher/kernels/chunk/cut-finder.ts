import { wasmBase64 } from '../gen/chunk.ts';
import { compileKernel, instantiateKernel, type Kernel, layBuffers } from '../load-kernel.ts';

interface ChunkKernel extends Kernel {
  heapStart(): number;
  prepare(): void;
  findCut(start: number, middle: number, end: number, hardLimit: number, easyLimit: number): number;
}

/** Where a cut is looked for, counting in the room. */
export interface CutRange {
  /** First byte that may be the last of a chunk; 32 bytes lie before it. */
  readonly start: number;
  /** From here on cuts are easier. */
  readonly middle: number;
  readonly end: number;
  /** A cut is behind a byte whose hash is below this, before and from the middle; 1 to 2^31. */
  readonly hardLimit: number;
  readonly easyLimit: number;
}

const module = compileKernel(wasmBase64);

/** Finds content-defined boundaries in bytes that were read or laid into its room. */
export class CutFinder {
  readonly #kernel = instantiateKernel<ChunkKernel>(module);
  readonly #start: number;
  /** In the kernel's memory; its content is the caller's. */
  readonly room: Buffer<ArrayBuffer>;

  constructor(roomBytes: number) {
    const { memory } = this.#kernel;
    this.#kernel.prepare();
    [this.#start = 0] = layBuffers(memory, this.#kernel.heapStart(), [roomBytes]);
    this.room = Buffer.from(memory.buffer, this.#start, roomBytes);
  }

  /** @returns Where the chunk ends, counting in the room; `end` if no byte is a boundary. */
  findCut({ start, middle, end, hardLimit, easyLimit }: CutRange): number {
    const base = this.#start;
    return this.#kernel.findCut(base + start, base + middle, base + end, hardLimit, easyLimit) - base;
  }
}
