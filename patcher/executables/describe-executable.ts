import { parseElf } from './elf.ts';
import type { Executable } from './executable.ts';
import { parseMachO } from './mach-o.ts';
import { parsePe } from './pe.ts';

/**
 * Describe an executable file by its headers.
 * @param bytes The whole file.
 * @returns `undefined` for anything that is not a well-formed 64-bit ELF, PE or Mach-O file of a known architecture.
 */
export function describeExecutable(bytes: Uint8Array): Executable | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return parseElf(view) ?? parsePe(view) ?? parseMachO(view);
  } catch (error) {
    // A header that points outside the file; only the maker reads headers, and plain bytes always work.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
