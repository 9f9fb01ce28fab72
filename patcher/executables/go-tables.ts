import type { Executable, Section } from './executable.ts';

/** Names given to the parts of Go's line table. */
export const GO_FUNCTION_TABLE = 'go function table';
export const GO_FUNCTIONS = 'go functions';

/** Addresses of Go's runtime tables from the image's base. */
export interface GoTables {
  readonly text: number;
  readonly types: number;
  readonly typesBytes: number;
  readonly names: number;
  readonly programs: number;
  readonly functionTable: number;
  /** Where the function entries begin behind the table. */
  readonly functions: number;
  readonly functionsEnd: number;
  /** `go:func.*`. */
  readonly functionData: number;
}

/** Start of the line table since Go 1.20 (`runtime/symtab.go`), little-endian. */
const MAGIC = 0xfffffff1;
/** Fields of `moduledata`, in 64-bit words; they have been these since Go 1.20. */
const MODULE = {
  names: 1,
  programs: 10,
  functionTable: 13,
  text: 22,
  types: 37,
  typesEnd: 38,
  functionData: 40,
};
const MODULE_WORDS = 41;

/**
 * Find the tables of an image that Go's linker made: the line table by its magic, then the module's data by its
 * pointer to the line table.
 */
export function findGoTables(bytes: Uint8Array, executable: Executable): GoTables | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = Buffer.alloc(6);
  start.writeUInt32LE(MAGIC);
  for (const at of findInData(file, executable, start)) {
    const address = addressOf(executable, at);
    const units = file[at + 6] ?? 0;
    if (address === undefined || ![1, 2, 4].includes(units) || file[at + 7] !== 8) continue;
    const tables = readModule(file, executable, {
      address,
      functionCount: Number(file.readBigUInt64LE(at + 8)),
    });
    if (tables !== undefined) return tables;
  }
  return undefined;
}

function readModule(
  file: Buffer,
  executable: Executable,
  lineTable: { readonly address: number; readonly functionCount: number },
): GoTables | undefined {
  const pointer = Buffer.alloc(8);
  pointer.writeBigUInt64LE(executable.base + BigInt(lineTable.address));
  for (const at of findInData(file, executable, pointer)) {
    if (at + MODULE_WORDS * 8 > file.length) return undefined;
    const word = (index: number): number => Number(file.readBigUInt64LE(at + index * 8) - executable.base);
    const functionTable = word(MODULE.functionTable);
    const tables: GoTables = {
      text: word(MODULE.text),
      types: word(MODULE.types),
      typesBytes: word(MODULE.typesEnd) - word(MODULE.types),
      names: word(MODULE.names),
      programs: word(MODULE.programs),
      functionTable,
      functions: functionTable + lineTable.functionCount * 8 + 4,
      functionsEnd: functionTable + Number(file.readBigUInt64LE(at + (MODULE.functionTable + 1) * 8)),
      functionData: word(MODULE.functionData),
    };
    if (Object.values(tables).every((value) => value >= 0 && value <= executable.imageBytes)) return tables;
  }
  return undefined;
}

/** Where some bytes lie among an image's data. Code, which is most of it, holds none of the tables. */
function* findInData(file: Buffer, { sections }: Executable, wanted: Buffer): Generator<number> {
  for (const { role, address, fileOffset, sizeBytes } of sections) {
    if (role !== 'data' || address === undefined) continue;
    const part = file.subarray(fileOffset, fileOffset + sizeBytes);
    for (let at = part.indexOf(wanted); at >= 0; at = part.indexOf(wanted, at + 1)) yield fileOffset + at;
  }
}

/** Sections cut where Go's tables begin and end: what they hold looks different on either side. */
export function splitGoSections(sections: readonly Section[], go: GoTables): Section[] {
  const cuts = [go.types, go.types + go.typesBytes, go.functionTable, go.functions, go.functionsEnd];
  const names = new Map([
    [go.functionTable, GO_FUNCTION_TABLE],
    [go.functions, GO_FUNCTIONS],
  ]);
  return sections.flatMap((section) => {
    const { address, sizeBytes } = section;
    if (address === undefined) return [section];
    const inside = cuts.filter((cut) => cut > address && cut < address + sizeBytes);
    const starts = [...new Set([address, ...inside])].sort((a, b) => a - b);
    return starts.map((start, part) => ({
      name: names.get(start) ?? (part === 0 ? section.name : `${section.name} ${part}`),
      role: section.role,
      fileOffset: section.fileOffset + start - address,
      sizeBytes: (starts[part + 1] ?? address + sizeBytes) - start,
      address: start,
    }));
  });
}

function addressOf(executable: Executable, position: number): number | undefined {
  const section = executable.sections.find(
    ({ fileOffset, sizeBytes }) => position >= fileOffset && position < fileOffset + sizeBytes,
  );
  return section?.address === undefined ? undefined : section.address + position - section.fileOffset;
}
