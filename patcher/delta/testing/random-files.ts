import fc from 'fast-check';
import { buildGzip, buildPng, buildZip } from '../../containers/testing/container-samples.ts';
import { type FakeFunction, linkFakeElf } from '../../executables/testing/fake-elf.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';

/** What a file of a random build holds, so that it can be built again as its tools would. */
export type RandomContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** An executable: linked again when a function is inserted. */
  | { readonly kind: 'program'; readonly functions: readonly FakeFunction[] }
  /** A container: packed again when a member changes. */
  | { readonly kind: 'container'; readonly form: ContainerForm; readonly members: readonly Uint8Array[] };

export type ContainerForm = 'zip' | 'gzip' | 'png';

export interface RandomFile {
  readonly path: string;
  readonly mode: number;
  readonly content: RandomContent;
}

/** The bytes of a file as a build has them. */
export function buildContent(content: RandomContent): Uint8Array {
  if (content.kind === 'bytes') return content.bytes;
  if (content.kind === 'program') return linkFakeElf(content.functions).bytes;
  const { form, members } = content;
  if (form === 'gzip') return buildGzip(Buffer.concat(members), 'content');
  if (form === 'png') return buildPng(toPixels(Buffer.concat(members)), 3000);
  return buildZip(
    members.map((member, row) => ({
      name: `member-${row}`,
      content: member,
      ...(row % 3 === 2 ? {} : { level: 6 }),
    })),
  );
}

const PIXELS_A_ROW = 128;

function toPixels(bytes: Uint8Array): Uint8Array[] {
  const rows = Math.ceil(bytes.length / PIXELS_A_ROW);
  return Array.from({ length: rows }, (_, row) => {
    const pixels = new Uint8Array(PIXELS_A_ROW);
    pixels.set(bytes.subarray(row * PIXELS_A_ROW, (row + 1) * PIXELS_A_ROW));
    return pixels;
  });
}

/** Content of every class that games are made of, at most about so many bytes. */
export function arbitraryContent(bytesMax: number): fc.Arbitrary<RandomContent> {
  const bytes = (make: (random: SeededRandom, length: number) => Uint8Array, lengthMax = bytesMax) =>
    fc
      .tuple(fc.integer(), fc.nat(lengthMax))
      .map(
        ([seed, length]): RandomContent => ({ kind: 'bytes', bytes: make(new SeededRandom(seed), length) }),
      );
  return fc.oneof(
    bytes((random, length) => random.text(length)),
    bytes((random, length) => random.bytes(length)),
    bytes(makeTable),
    bytes(makePack),
    bytes((_, length) => new Uint8Array(length)),
    bytes((random, length) => random.bytes(length), 9),
    bytes(makeSparse),
    fc
      .tuple(fc.integer(), fc.integer({ min: 1, max: Math.ceil(bytesMax / 60) }))
      .map(([seed, count]): RandomContent => ({ kind: 'program', functions: inventFunctions(seed, count) })),
    fc
      .tuple(
        fc.constantFrom<ContainerForm[]>('zip', 'gzip', 'png'),
        fc.integer(),
        fc.integer({ min: 1, max: 5 }),
      )
      .map(
        ([form, seed, count]): RandomContent => ({
          kind: 'container',
          form,
          members: inventMembers(seed, count, bytesMax / count),
        }),
      ),
  );
}

/** Records of 24 bytes: a rising key, a pointer that moves, a float, and a flag that is mostly unset. */
function makeTable(random: SeededRandom, length: number): Uint8Array {
  const table = Buffer.alloc(length);
  for (let at = 0, row = 0; at + 24 <= length; at += 24, row++) {
    table.writeUInt32LE(1000 + row, at);
    table.writeUInt32LE(0x40_0000 + row * 48 + random.below(8), at + 4);
    table.writeFloatLE(random.below(1000) / 10, at + 8);
    table[at + 20] = random.below(20) === 0 ? 1 : 0;
  }
  return table;
}

function makePack(random: SeededRandom, length: number): Uint8Array {
  const members: Uint8Array[] = [];
  for (let size = 0; size < length; ) {
    const memberBytes = Math.min(length - size, 200 + random.below(9000));
    members.push(random.below(2) === 0 ? random.bytes(memberBytes) : random.text(memberBytes));
    size += memberBytes;
  }
  return Buffer.concat(members);
}

/** Mostly zeros, with islands. */
function makeSparse(random: SeededRandom, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = random.below(8000); at < length; at += 4000 + random.below(30_000)) {
    bytes.set(random.text(Math.min(length - at, 300)), at);
  }
  return bytes;
}

function inventFunctions(seed: number, count: number): FakeFunction[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => ({
    fillBytes: random.below(40),
    calls: random.below(count),
    loads: random.below(count),
  }));
}

/** A program with functions inserted: what was called and loaded before still is. */
export function insertFunctions(
  functions: readonly FakeFunction[],
  { at, count, seed }: { readonly at: number; readonly count: number; readonly seed: number },
): FakeFunction[] {
  const moved = (row: number): number => (row < at ? row : row + count);
  const kept = functions.map(
    ({ fillBytes, calls, loads }): FakeFunction => ({ fillBytes, calls: moved(calls), loads: moved(loads) }),
  );
  const total = functions.length + count;
  const random = new SeededRandom(seed);
  const fresh = Array.from({ length: count }, () => ({
    fillBytes: random.below(60),
    calls: random.below(total),
    loads: random.below(total),
  }));
  return [...kept.slice(0, at), ...fresh, ...kept.slice(at)];
}

function inventMembers(seed: number, count: number, bytesMax: number): Uint8Array[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.text(random.below(Math.ceil(bytesMax))));
}
