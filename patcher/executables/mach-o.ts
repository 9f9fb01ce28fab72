import type { Architecture, Executable } from './executable.ts';
import { buildExecutable, type FoundBlank, type FoundSection } from './section-list.ts';

/** Numbers of `mach-o/loader.h`. */
const MAGIC_64_LITTLE = 0xcffaedfe;
const MACHINES: Readonly<Record<number, Architecture>> = { 0x01000007: 'x86-64', 0x0100000c: 'arm64' };
const HEADER_BYTES = 32;
const COMMAND_SEGMENT_64 = 0x19;
const SEGMENT_HEADER_BYTES = 72;
const SECTION_HEADER_BYTES = 80;
const SECTION_TYPE_MASK = 0xff;
const BLANK_TYPES: readonly number[] = [1, 12, 18];
const FLAG_INSTRUCTIONS = 0x80000400;

/** Parse a thin 64-bit little-endian Mach-O file; universal files are patched as plain bytes. */
export function parseMachO(view: DataView): Executable | undefined {
  if (view.byteLength < HEADER_BYTES || view.getUint32(0) !== MAGIC_64_LITTLE) return undefined;
  const architecture = MACHINES[view.getUint32(4, true)];
  if (architecture === undefined) return undefined;
  const sections: FoundSection[] = [];
  const blanks: FoundBlank[] = [];
  let base: bigint | undefined;
  let at = HEADER_BYTES;
  for (let left = view.getUint32(16, true); left > 0; left--) {
    if (view.getUint32(at, true) === COMMAND_SEGMENT_64) {
      const address = view.getBigUint64(at + 24, true);
      // The segment that begins with the file's first byte is `__TEXT`, and its address the image's base.
      if (view.getBigUint64(at + 40, true) === 0n && view.getBigUint64(at + 48, true) > 0n) base ??= address;
      readSegment(view, at, sections, blanks);
    }
    const commandBytes = view.getUint32(at + 4, true);
    if (commandBytes < 8) return undefined;
    at += commandBytes;
  }
  if (base === undefined) return undefined;
  return buildExecutable({ architecture, fixed: false, base, sections, blanks, fileBytes: view.byteLength });
}

function readSegment(view: DataView, segment: number, sections: FoundSection[], blanks: FoundBlank[]): void {
  const count = view.getUint32(segment + 64, true);
  for (let index = 0; index < count; index++) {
    const at = segment + SEGMENT_HEADER_BYTES + index * SECTION_HEADER_BYTES;
    const name = readName(view, at);
    const address = view.getBigUint64(at + 32, true);
    const sizeBytes = Number(view.getBigUint64(at + 40, true));
    const flags = view.getUint32(at + 64, true);
    if (BLANK_TYPES.includes(flags & SECTION_TYPE_MASK)) {
      blanks.push({ name, address, sizeBytes });
    } else {
      const role = (flags & FLAG_INSTRUCTIONS) === 0 ? 'data' : 'code';
      sections.push({ name, role, fileOffset: view.getUint32(at + 48, true), sizeBytes, address });
    }
  }
}

function readName(view: DataView, start: number): string {
  let name = '';
  for (let at = start; at < start + 16 && view.getUint8(at) !== 0; at++)
    name += String.fromCharCode(view.getUint8(at));
  return name;
}
