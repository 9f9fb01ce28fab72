import { wasmBase64 } from '../gen/row-copies.ts';
import { compileKernel, instantiateKernel, type Kernel } from '../load-kernel.ts';

interface RowCopiesKernel extends Kernel {
  gather(rowsAt: number, rowCount: number, oldAt: number, into: number): void;
  markStarts(rowsAt: number, rowCount: number, at: number, bits: number): void;
  spread(rowsAt: number, rowCount: number, at: number, alignedBytes: number): void;
}

/** Rows that lie in a memory, as triples of u32: new start, old start, length; sorted by new start, apart there. */
export interface PlacedRows {
  readonly at: number;
  readonly count: number;
}

const module = compileKernel(wasmBase64);

/** Moves the bytes of rows about in a memory, by addresses. It trusts the rows and the memory's size. */
export class RowCopies {
  readonly #kernel: RowCopiesKernel;

  /** @param memory It has no data of its own there. */
  constructor(memory: WebAssembly.Memory) {
    this.#kernel = instantiateKernel<RowCopiesKernel>(module, memory);
  }

  /** Lay what is at the rows' old starts, counted from `oldAt`, end to end. */
  gather({ at, count }: PlacedRows, oldAt: number, into: number): void {
    this.#kernel.gather(at, count, oldAt, into);
  }

  /** Set bits in the first byte of each of the rows that lie end to end. */
  markStarts({ at, count }: PlacedRows, alignedAt: number, bits: number): void {
    this.#kernel.markStarts(at, count, alignedAt, bits);
  }

  /** Move the rows' bytes, which lie end to end, to their new starts, counted from the same address. */
  spread({ at, count }: PlacedRows, alignedAt: number, alignedBytes: number): void {
    this.#kernel.spread(at, count, alignedAt, alignedBytes);
  }
}
