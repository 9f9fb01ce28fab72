import { type Region, RegionKind } from './address-map.ts';
import type { Executable, Section } from './executable.ts';

/**
 * Ways in which the references of a section may look. Which one is right is found by trying them: names of sections
 * differ between compilers, and what they hold even more.
 */
export function candidateRegions(executable: Executable, section: Section): Region[] {
  const { fileOffset, sizeBytes } = section;
  const region = (kind: RegionKind, first = 0, second = 0): Region => {
    return { kind, fileOffset, sizeBytes, address: section.address ?? 0, first, second };
  };
  if (section.role === 'symbols') return [region(RegionKind.symbols)];
  if (section.role === 'relocations') return [region(RegionKind.relocations)];
  const code = mainCode(executable);
  if (section.role === 'code') {
    if (executable.architecture === 'arm64') return [region(RegionKind.arm64)];
    return executable.fixed ? [region(RegionKind.x64), region(RegionKind.x64Fixed)] : [region(RegionKind.x64)];
  }
  if (section.address === undefined) return [];
  const bases = new Set([0, code.address, section.address]);
  const before = executable.sections.filter(({ role, address }) => role === 'data' && address !== undefined);
  for (const { address } of before.slice(0, 3)) bases.add(address as number);
  return [
    region(RegionKind.pointers),
    region(RegionKind.relative, code.address, code.sizeBytes),
    region(RegionKind.tables, code.address, code.sizeBytes),
    ...[...bases].map((base) => region(RegionKind.offsets, base)),
    region(RegionKind.pairs, code.address, section.address),
    region(RegionKind.pairs, section.address, code.address),
  ];
}

/** The largest section of code: what tables and frames lead to. */
function mainCode(executable: Executable): { address: number; sizeBytes: number } {
  let largest = { address: 0, sizeBytes: 0 };
  for (const { role, address, sizeBytes } of executable.sections) {
    if (role === 'code' && address !== undefined && sizeBytes > largest.sizeBytes) largest = { address, sizeBytes };
  }
  return largest;
}
