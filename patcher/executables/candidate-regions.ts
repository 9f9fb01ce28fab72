import { type Parameters, type Region, RegionKind } from './address-map.ts';
import type { Executable, Section } from './executable.ts';
import { GO_FUNCTION_TABLE, GO_FUNCTIONS, type GoTables } from './go-tables.ts';

/** What is known of an image beside its sections. */
export interface ImageFacts {
  readonly executable: Executable;
  readonly go: GoTables | undefined;
}

/**
 * Ways in which the references of a section may look. Which one is right is found by trying them: names of sections
 * differ between compilers, and what they hold even more.
 */
export function candidateRegions({ executable, go }: ImageFacts, section: Section): Region[] {
  const { role, address, fileOffset, sizeBytes } = section;
  const region = (kind: RegionKind, ...given: readonly number[]): Region => {
    const parameters: Parameters = [given[0] ?? 0, given[1] ?? 0, given[2] ?? 0, given[3] ?? 0];
    return { kind, fileOffset, sizeBytes, address: address ?? 0, parameters };
  };
  if (role === 'symbols') return [region(RegionKind.symbols)];
  if (role === 'relocations') return [region(RegionKind.relocations)];
  if (role === 'code') {
    if (executable.architecture === 'arm64') return [region(RegionKind.arm64)];
    return executable.fixed
      ? [region(RegionKind.x64), region(RegionKind.x64Fixed)]
      : [region(RegionKind.x64)];
  }
  if (address === undefined) return [];
  const code = mainCode(executable);
  const known = knownRegion(section, executable, go, region);
  return [
    ...(known === undefined ? [] : [known]),
    region(RegionKind.pointers),
    region(RegionKind.lowWords, 0),
    region(RegionKind.relative, code.address, code.sizeBytes),
    region(RegionKind.tables, code.address, code.sizeBytes),
    region(RegionKind.constants, code.address, code.sizeBytes),
    region(RegionKind.offsets, 0),
    region(RegionKind.offsets, code.address),
    ...(go === undefined ? [] : goRegions(go, region)),
  ];
}

function goRegions(
  go: GoTables,
  region: (kind: RegionKind, ...given: readonly number[]) => Region,
): Region[] {
  return [region(RegionKind.offsets, go.types), region(RegionKind.goTypes, go.types, go.typesBytes, go.text)];
}

/** Sections whose name says what they hold: these are right even where a first alignment cannot see it. */
function knownRegion(
  section: Section,
  executable: Executable,
  go: GoTables | undefined,
  region: (kind: RegionKind, ...given: readonly number[]) => Region,
): Region | undefined {
  const code = mainCode(executable);
  if (section.name === '.eh_frame_hdr') return region(RegionKind.offsets, section.address ?? 0);
  if (FRAME_NAMES.includes(section.name)) return region(RegionKind.frames, code.address, code.sizeBytes);
  if (section.name === '.pdata') return region(RegionKind.offsets, 0);
  if (go === undefined) return undefined;
  if (section.name === GO_FUNCTION_TABLE) return region(RegionKind.pairs, go.text, go.functionTable);
  if (section.name !== GO_FUNCTIONS) return undefined;
  return region(RegionKind.goFunctions, go.text, go.names, go.programs, go.functionData);
}

const FRAME_NAMES: readonly string[] = ['.eh_frame', '__eh_frame'];
const KNOWN_NAMES: readonly string[] = [
  '.eh_frame_hdr',
  ...FRAME_NAMES,
  '.pdata',
  GO_FUNCTION_TABLE,
  GO_FUNCTIONS,
];

/** True when a region's kind follows from the section's name or headers, not from a trial. */
export function isKnown(section: Section): boolean {
  return KNOWN_NAMES.includes(section.name) || section.role !== 'data';
}

/** Addresses that distances are counted from, by name: the same name is the same thing in another image. */
export function namedBases({ executable, go }: ImageFacts): ReadonlyMap<string, number> {
  const bases = new Map([['image', 0]]);
  for (const { name, address } of executable.sections) if (address !== undefined) bases.set(name, address);
  bases.set('code', mainCode(executable).address);
  for (const [name, address] of Object.entries(go ?? {})) bases.set(`go.${name}`, address as number);
  return bases;
}

/** The largest section of code: what tables and frames lead to. */
function mainCode(executable: Executable): { address: number; sizeBytes: number } {
  let largest = { address: 0, sizeBytes: 0 };
  for (const { role, address, sizeBytes } of executable.sections) {
    if (role === 'code' && address !== undefined && sizeBytes > largest.sizeBytes)
      largest = { address, sizeBytes };
  }
  return largest;
}
