/** A kernel's exports: its memory, and functions over addresses in it. */
export interface Kernel {
  readonly memory: WebAssembly.Memory;
}

const PAGE_BYTES = 2 ** 16;
/** Kernels that share a memory have their own data below this. */
const SHARED_MEMORY_BYTES = 32 * 2 ** 20;
const ALIGNMENT_BYTES = 16;

/** Compile a kernel; once per thread, as a module can make any number of instances. */
export function compileKernel(wasmBase64: string): WebAssembly.Module {
  return new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
}

/**
 * A fresh instance.
 * @param Exports Must describe what the kernel's `assembly/index.ts` exports.
 * @param memory For a kernel that imports it; others have one of their own.
 */
export function instantiateKernel<Exports extends Kernel>(
  module: WebAssembly.Module,
  memory?: WebAssembly.Memory,
): Exports {
  const env = memory === undefined ? { abort: abortKernel } : { abort: abortKernel, memory };
  const { exports } = new WebAssembly.Instance(module, { env });
  return exports as unknown as Exports;
}

/** A memory for kernels that import theirs; pages that nothing was written to cost nothing. */
export function createMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: SHARED_MEMORY_BYTES / PAGE_BYTES });
}

/** Make a kernel's memory reach an address. Views taken before are detached by it. */
export function growMemory(memory: WebAssembly.Memory, endAddress: number): void {
  const missing = endAddress - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
}

/**
 * Lay buffers one after the other, each aligned for vectors, in memory that is grown to hold them.
 * @param start First free address, such as a kernel's `heapStart()`.
 * @returns The address of each. Views taken before may be detached.
 */
export function layBuffers(memory: WebAssembly.Memory, start: number, lengths: readonly number[]): number[] {
  const addresses: number[] = [];
  let end = start;
  for (const length of lengths) {
    const address = Math.ceil(end / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    addresses.push(address);
    end = address + length;
  }
  growMemory(memory, end);
  return addresses;
}

function abortKernel(): never {
  throw new RangeError('a kernel met a state it does not expect');
}
