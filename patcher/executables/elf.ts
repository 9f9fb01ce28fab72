import type { Architecture, Executable, SectionRole } from './executable.ts';
import { buildExecutable, type FoundBlank, type FoundSection } from './section-list.ts';

/** Numbers of the ELF-64 object file format, version 1.5. */
const MAGIC = 0x7f454c46;
const CLASS_64_LITTLE = 0x0201;
const TYPE_EXECUTABLE = 2;
const MACHINES: Readonly<Record<number, Architecture>> = { 62: 'x86-64', 183: 'arm64' };
const SECTION_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_SYMBOLS = 2;
const SECTION_RELOCATIONS = 4;
const SECTION_BLANK = 8;
const SECTION_DYNAMIC_SYMBOLS = 11;
const FLAG_ALLOCATED = 2n;
const FLAG_CODE = 4n;
const FLAG_THREAD_LOCAL = 0x400n;
/** Names that matter are short. */
const NAME_BYTES_MAX = 64;
const PROGRAM_LOAD = 1;
const PROGRAM_CODE = 1;

/** Parse a 64-bit little-endian ELF file; by its program headers when the section headers were stripped. */
export function parseElf(view: DataView): Executable | undefined {
  if (view.byteLength < 64 || view.getUint32(0) !== MAGIC || view.getUint16(4) !== CLASS_64_LITTLE)
    return undefined;
  const architecture = MACHINES[view.getUint16(18, true)];
  if (architecture === undefined) return undefined;
  const parts = view.getUint16(60, true) > 0 ? readSections(view) : readSegments(view);
  const fixed = view.getUint16(16, true) === TYPE_EXECUTABLE;
  return buildExecutable({ architecture, fixed, ...parts, fileBytes: view.byteLength });
}

interface Parts {
  readonly sections: FoundSection[];
  readonly blanks: FoundBlank[];
}

function readSections(view: DataView): Parts {
  const table = readOffset(view, 40);
  const count = view.getUint16(60, true);
  const names = readOffset(view, table + view.getUint16(62, true) * SECTION_HEADER_BYTES + 24);
  const parts: Parts = { sections: [], blanks: [] };
  for (let index = 0; index < count; index++) {
    const header = table + index * SECTION_HEADER_BYTES;
    const type = view.getUint32(header + 4, true);
    const flags = view.getBigUint64(header + 8, true);
    const allocated = (flags & FLAG_ALLOCATED) !== 0n;
    const address = allocated ? view.getBigUint64(header + 16, true) : undefined;
    const name = readName(view, names + view.getUint32(header, true));
    const sizeBytes = readOffset(view, header + 32);
    if (type === SECTION_BLANK) {
      if (address !== undefined && (flags & FLAG_THREAD_LOCAL) === 0n)
        parts.blanks.push({ name, address, sizeBytes });
    } else if (allocated || type === SECTION_SYMBOLS) {
      const fileOffset = readOffset(view, header + 24);
      parts.sections.push({ name, role: roleOf(type, flags), fileOffset, sizeBytes, address });
    }
  }
  return parts;
}

function roleOf(type: number, flags: bigint): SectionRole {
  if (type === SECTION_SYMBOLS || type === SECTION_DYNAMIC_SYMBOLS) return 'symbols';
  if (type === SECTION_RELOCATIONS) return 'relocations';
  return (flags & FLAG_CODE) === 0n ? 'data' : 'code';
}

function readSegments(view: DataView): Parts {
  const table = readOffset(view, 32);
  const count = view.getUint16(56, true);
  const parts: Parts = { sections: [], blanks: [] };
  for (let index = 0; index < count; index++) {
    const header = table + index * PROGRAM_HEADER_BYTES;
    if (view.getUint32(header, true) !== PROGRAM_LOAD) continue;
    const role: SectionRole = (view.getUint32(header + 4, true) & PROGRAM_CODE) === 0 ? 'data' : 'code';
    const fileOffset = readOffset(view, header + 8);
    const address = view.getBigUint64(header + 16, true);
    const sizeBytes = readOffset(view, header + 32);
    const blankBytes = readOffset(view, header + 40) - sizeBytes;
    parts.sections.push({ name: `load${index}`, role, fileOffset, sizeBytes, address });
    if (blankBytes > 0) {
      parts.blanks.push({
        name: `load${index}`,
        address: address + BigInt(sizeBytes),
        sizeBytes: blankBytes,
      });
    }
  }
  return parts;
}

function readOffset(view: DataView, at: number): number {
  const offset = view.getBigUint64(at, true);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError('an offset beyond any file');
  return Number(offset);
}

function readName(view: DataView, start: number): string {
  let name = '';
  for (let at = start; at < start + NAME_BYTES_MAX && view.getUint8(at) !== 0; at++)
    name += String.fromCharCode(view.getUint8(at));
  return name;
}
