import type { FileRows } from '../image-rows.ts';

/** One function of a fake image: its code is `fillBytes` of padding between a call and a load. */
export interface FakeFunction {
  readonly fillBytes: number;
  /** Row of the function it calls. */
  readonly calls: number;
  /** Row of the word of data it loads. */
  readonly loads: number;
}

/** A fake image as a file, and where its functions begin in it. */
export interface FakeImage {
  readonly bytes: Uint8Array;
  readonly functionOffsets: readonly number[];
  readonly functionBytes: readonly number[];
  readonly dataOffset: number;
}

const BASE = 0x400000;
const CODE_OFFSET = 0x1000;
const PAGE = 0x1000;
const SECTION_BYTES = 64;
const NAMES = '\0.text\0.data\0.shstrtab\0';

/**
 * Link a little x86-64 ELF program: functions that call each other and load words of data, and data that points to
 * the functions. Whatever is inserted into one function moves everything behind it, as a real linker would.
 */
export function linkFakeElf(functions: readonly FakeFunction[]): FakeImage {
  const sizes = functions.map(({ fillBytes }) => (5 + 7 + fillBytes + 1 + 15) & ~15);
  const offsets: number[] = [];
  let end = CODE_OFFSET;
  for (const size of sizes) {
    offsets.push(end);
    end += size;
  }
  const dataOffset = Math.ceil(end / PAGE) * PAGE;
  const dataBytes = functions.length * 8;
  const namesOffset = dataOffset + dataBytes;
  const tableOffset = (namesOffset + NAMES.length + 7) & ~7;
  const file = Buffer.alloc(tableOffset + 4 * SECTION_BYTES);
  for (const [row, { fillBytes, calls, loads }] of functions.entries()) {
    const at = offsets[row] as number;
    file[at] = 0xe8;
    file.writeInt32LE((offsets[calls] as number) - (at + 5), at + 1);
    file.set([0x48, 0x8b, 0x05], at + 5);
    file.writeInt32LE(dataOffset + loads * 8 - (at + 12), at + 8);
    file.fill(0x90, at + 12, at + 12 + fillBytes);
    file[at + 12 + fillBytes] = 0xc3;
    file.fill(0xcc, at + 13 + fillBytes, at + (sizes[row] as number));
    file.writeBigUInt64LE(BigInt(BASE + at), dataOffset + row * 8);
  }
  file.write(NAMES, namesOffset, 'latin1');
  writeHeader(file, tableOffset);
  writeSection(file, tableOffset + SECTION_BYTES, [
    1,
    1,
    6,
    BASE + CODE_OFFSET,
    CODE_OFFSET,
    end - CODE_OFFSET,
  ]);
  writeSection(file, tableOffset + 2 * SECTION_BYTES, [7, 1, 3, BASE + dataOffset, dataOffset, dataBytes]);
  writeSection(file, tableOffset + 3 * SECTION_BYTES, [13, 3, 0, 0, namesOffset, NAMES.length]);
  return { bytes: new Uint8Array(file), functionOffsets: offsets, functionBytes: sizes, dataOffset };
}

function writeHeader(file: Buffer, tableOffset: number): void {
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeBigUInt64LE(BigInt(tableOffset), 40);
  file.writeUInt16LE(4, 60);
  file.writeUInt16LE(3, 62);
}

/** @param fields Name, type, flags, address, offset, size. */
function writeSection(file: Buffer, at: number, fields: readonly number[]): void {
  const [name = 0, type = 0, flags = 0, address = 0, offset = 0, size = 0] = fields;
  file.writeUInt32LE(name, at);
  file.writeUInt32LE(type, at + 4);
  for (const [index, value] of [flags, address, offset, size].entries()) {
    file.writeBigUInt64LE(BigInt(value), at + 8 + index * 8);
  }
}

/** The rows between two links of as many functions: each function, as far as both have it, and the data. */
export function alignFakeImages(old: FakeImage, after: FakeImage): FileRows {
  const rows = old.functionOffsets.map((offset, row) => ({
    newStart: after.functionOffsets[row] as number,
    oldStart: offset,
    length: Math.min(old.functionBytes[row] as number, after.functionBytes[row] as number, 12),
  }));
  rows.push({
    newStart: after.dataOffset,
    oldStart: old.dataOffset,
    length: old.functionOffsets.length * 8,
  });
  return {
    count: rows.length,
    newStart: rows.map(({ newStart }) => newStart),
    oldStart: rows.map(({ oldStart }) => oldStart),
    length: rows.map(({ length }) => length),
  };
}
