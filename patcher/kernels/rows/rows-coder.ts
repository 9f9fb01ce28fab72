import { compileKernel, instantiateKernel, type Kernel, layBuffers } from '../load-kernel.ts';
import { wasmBase64 } from '../gen/rows.ts';

/**
 * Rows as the kernel reads them: three numbers each, new start, old start, length; sorted by new start, not
 * overlapping there, none empty.
 */
export type RowTriples = Uint32Array;

/** What the rows must lie inside. */
export interface RowBounds {
  readonly rowCount: number;
  readonly newBytes: number;
  readonly oldBytes: number;
}

interface RowsKernel extends Kernel {
  heapStart(): number;
  encodingBytes(rowCount: number): number;
  encodeRows(rows: number, rowCount: number, room: number): number;
  decodeRows(
    coded: number,
    codedBytes: number,
    rows: number,
    rowCount: number,
    newBytes: number,
    oldBytes: number,
  ): number;
}

const ROW_NUMBERS = 3;

const module = compileKernel(wasmBase64);
let kernel: RowsKernel | undefined;

/** The thread's instance: it begins each call anew, and its memory is used again. */
function rowsKernel(): RowsKernel {
  kernel ??= instantiateKernel<RowsKernel>(module);
  return kernel;
}

/** Code rows. The same rows give the same bytes everywhere. */
export function encodeRows(rows: RowTriples): Uint8Array {
  const { memory, heapStart, encodingBytes, encodeRows: encode } = rowsKernel();
  const rowCount = rows.length / ROW_NUMBERS;
  const roomBytes = encodingBytes(rowCount);
  const [input, room] = layBuffers(memory, heapStart(), [rows.byteLength, roomBytes]) as [number, number];
  new Uint32Array(memory.buffer, input, rows.length).set(rows);
  const start = encode(input, rowCount, room);
  return new Uint8Array(memory.buffer, start, room + roomBytes - start).slice();
}

/**
 * Decode rows from untrusted bytes.
 * @returns `undefined` when a row lies outside either side.
 */
export function decodeRows(
  coded: Uint8Array,
  { rowCount, newBytes, oldBytes }: RowBounds,
): RowTriples | undefined {
  const { memory, heapStart, decodeRows: decode } = rowsKernel();
  const [input, output] = layBuffers(memory, heapStart(), [
    coded.length,
    rowCount * ROW_NUMBERS * Uint32Array.BYTES_PER_ELEMENT,
  ]) as [number, number];
  new Uint8Array(memory.buffer, input, coded.length).set(coded);
  if (!decode(input, coded.length, output, rowCount, newBytes, oldBytes)) return undefined;
  return new Uint32Array(memory.buffer, output, rowCount * ROW_NUMBERS).slice();
}
