import type { Architecture, Executable } from './executable.ts';
import { buildExecutable, type FoundBlank, type FoundSection } from './section-list.ts';

/** Numbers of the PE format, as Microsoft documents it. */
const DOS_MAGIC = 0x4d5a;
const MAGIC = 0x50450000;
const OPTIONAL_MAGIC_64 = 0x20b;
const MACHINES: Readonly<Record<number, Architecture>> = { 0x8664: 'x86-64', 0xaa64: 'arm64' };
const SECTION_HEADER_BYTES = 40;
const FLAG_CODE = 0x20000000;
const FLAG_DISCARDABLE = 0x02000000;

/** Parse a 64-bit PE file. */
export function parsePe(view: DataView): Executable | undefined {
  if (view.byteLength < 64 || view.getUint16(0) !== DOS_MAGIC) return undefined;
  const header = view.getUint32(60, true);
  if (view.getUint32(header) !== MAGIC) return undefined;
  const architecture = MACHINES[view.getUint16(header + 4, true)];
  const optional = header + 24;
  if (architecture === undefined || view.getUint16(optional, true) !== OPTIONAL_MAGIC_64) return undefined;
  const base = view.getBigUint64(optional + 24, true);
  const table = optional + view.getUint16(header + 20, true);
  const count = view.getUint16(header + 6, true);
  const sections: FoundSection[] = [];
  const blanks: FoundBlank[] = [];
  for (let index = 0; index < count; index++) {
    const at = table + index * SECTION_HEADER_BYTES;
    const flags = view.getUint32(at + 36, true);
    const virtualBytes = view.getUint32(at + 8, true);
    const sizeBytes = Math.min(virtualBytes, view.getUint32(at + 16, true));
    const address = base + BigInt(view.getUint32(at + 12, true));
    const name = readName(view, at);
    // Debug sections of MinGW and Go are discardable and hold no addresses this would find; `.reloc` neither.
    if ((flags & FLAG_DISCARDABLE) !== 0) continue;
    const role = (flags & FLAG_CODE) === 0 ? 'data' : 'code';
    sections.push({ name, role, fileOffset: view.getUint32(at + 20, true), sizeBytes, address });
    if (virtualBytes > sizeBytes) {
      blanks.push({ name, address: address + BigInt(sizeBytes), sizeBytes: virtualBytes - sizeBytes });
    }
  }
  return buildExecutable({ architecture, fixed: false, base, sections, blanks, fileBytes: view.byteLength });
}

function readName(view: DataView, start: number): string {
  let name = '';
  for (let at = start; at < start + 8 && view.getUint8(at) !== 0; at++)
    name += String.fromCharCode(view.getUint8(at));
  return name;
}
