import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { type AddressMaps, type Patch as PatchMessage, PatchSchema } from '../../formats/gen/patch_pb.ts';
import type { PatchSegment } from '../../formats/patch.ts';
import { PREAMBLE_BYTES } from '../../formats/framed-header.ts';
import { serializePatchHeader } from '../../formats/patch-format.ts';
import { parsePreamble } from '../../formats/patch-header-parser.ts';
import { computeSha256, computeSha256Bytes } from '../../formats/sha256.ts';
import { parseUnsignedColumn, serializeUnsignedColumn } from '../../formats/varint-column.ts';
import { compressFrame, decompressFrame } from '../../formats/zstd-frame.ts';
import type { SeededRandom } from '../../testing/random-bytes.ts';
import type { FuzzSubject } from './fuzz-subjects.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateSegmentBody } from './mutate-segment-body.ts';

/** A patch that was tampered with; where only one segment's body was, that one, with the hash made to fit. */
export type Attempt =
  | { readonly kind: 'patch'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'segment';
      readonly segment: PatchSegment;
      readonly row: number;
      readonly body: Uint8Array;
    };

type Layer = (subject: FuzzSubject, donor: FuzzSubject, random: SeededRandom) => Attempt;

/**
 * Where a patch is tampered with. Behind the first, all checksums in front of what was changed are made to fit, so that the
 * parsers behind them are reached.
 */
export const LAYERS = {
  /** Any bytes of the file, checksums left alone. */
  file: (subject, donor, random) => ({
    kind: 'patch',
    bytes: mutateBytes(subject.bytes, random, donor.bytes),
  }),
  /** The header's message as bytes. */
  header: (subject, donor, random) =>
    forgeHeader(subject, mutateBytes(subject.headerRaw, random, donor.headerRaw)),
  /** One column or count of the header. */
  column: (subject, donor, random) => forgeHeader(subject, mutateColumn(subject, donor, random)),
  /** The columns of an address map, or those of the maps' table where there is no map. */
  map: (subject, donor, random) => forgeHeader(subject, mutateMap(subject, donor, random)),
  /** A segment's body as bytes. */
  body: (subject, donor, random) => {
    const row = random.below(subject.bodies.length);
    const body = subject.bodies[row] as Uint8Array;
    const other = donor.bodies[random.below(donor.bodies.length)] as Uint8Array;
    return forgeSegment(subject, row, mutateBytes(body, random, other));
  },
  /** One number or stream of a segment. */
  stream: (subject, donor, random) => {
    const row = random.below(subject.bodies.length);
    const body = subject.bodies[row] as Uint8Array;
    const other = donor.bodies[random.below(donor.bodies.length)] as Uint8Array;
    return forgeSegment(subject, row, mutateSegmentBody(body, other, random));
  },
} as const satisfies Record<string, Layer>;

export type LayerName = keyof typeof LAYERS;

/** The whole patch with one body in another's place and a header that lists it so. */
export function forgePatch(
  subject: Pick<FuzzSubject, 'patch' | 'bodies'>,
  { segment, row, body }: Extract<Attempt, { kind: 'segment' }>,
): Buffer {
  const { patch } = subject;
  const segments = patch.segments.map((other, at) => (at === row ? segment : other));
  const bodies = subject.bodies.map((other, at) => (at === row ? body : other));
  return Buffer.concat([
    serializePatchHeader({ ...patch, entries: [...patch.entries], oldFiles: [...patch.oldFiles], segments }),
    ...bodies,
  ]);
}

function forgeSegment({ patch }: FuzzSubject, row: number, body: Uint8Array): Attempt {
  const segment = {
    ...(patch.segments[row] as PatchSegment),
    packedBytes: body.length,
    packedSha256: computeSha256(body),
  };
  return { kind: 'segment', segment, row, body };
}

/** The patch with another header, whose lengths and hash fit. */
function forgeHeader({ bytes }: FuzzSubject, headerRaw: Uint8Array): Attempt {
  const packed = compressFrame(headerRaw, { level: 1, checksum: false });
  const preamble = Buffer.from(bytes.subarray(0, PREAMBLE_BYTES));
  preamble.writeUInt32LE(headerRaw.length, 12);
  preamble.writeUInt32LE(packed.length, 16);
  preamble.set(computeSha256Bytes(packed), 20);
  const bodies = bytes.subarray(PREAMBLE_BYTES + parsePreamble(bytes).headerPackedBytes);
  return { kind: 'patch', bytes: Buffer.concat([preamble, packed, bodies]) };
}

/** A patch's header as the message it is. */
export function unpackHeaderOf(bytes: Uint8Array): Uint8Array {
  const { headerPackedBytes, headerRawBytes } = parsePreamble(bytes);
  const packed = bytes.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + headerPackedBytes);
  return decompressFrame(packed, { outputBytesMax: headerRawBytes, windowLogMax: 25 });
}

type Fields = Record<string, unknown>;

function mutateColumn(subject: FuzzSubject, donor: FuzzSubject, random: SeededRandom): Uint8Array {
  const message = parseHeader(subject);
  const tables = tablesOf(message);
  const place = random.below(tables.length);
  const table = tables[place] as Fields;
  const names = Object.keys(table).filter((name) => !name.startsWith('$'));
  const name = names[random.below(names.length)] as string;
  const other = tablesOf(parseHeader(donor))[place]?.[name];
  const value = table[name];
  if (value instanceof Uint8Array) {
    table[name] = mutateBytes(value, random, other instanceof Uint8Array ? other : new Uint8Array());
  } else if (typeof value === 'number') {
    table[name] = mutateNumber(value, random);
  }
  return toBinary(PatchSchema, message);
}

/** The message and its tables; those that are missing are made empty. */
function tablesOf(message: PatchMessage): Fields[] {
  const tables = [message.listing, message.oldFiles, message.segments, message.addressMaps];
  return [message, ...tables.filter((table) => table !== undefined)];
}

/** Up to a limit in the millions, so that counts beyond the data are tried too. */
function mutateNumber(value: number, random: SeededRandom): number {
  const choices = [
    0,
    value + 1,
    Math.max(0, value - 1),
    random.below(300),
    2 ** random.below(32),
    2 ** 32 - 1,
  ];
  return choices[random.below(choices.length)] as number;
}

function mutateMap(subject: FuzzSubject, donor: FuzzSubject, random: SeededRandom): Uint8Array {
  const message = parseHeader(subject);
  const { addressMaps } = message;
  if (addressMaps === undefined || addressMaps.count === 0) return mutateColumn(subject, donor, random);
  const maps = cutMaps(addressMaps);
  const row = random.below(maps.length);
  const [version = 1] = maps[row] as Uint8Array;
  const raw = brotliDecompressSync((maps[row] as Uint8Array).subarray(1));
  const mutated = brotliCompressSync(mutateBytes(raw, random, donor.headerRaw), QUICK_BROTLI);
  maps[row] = Buffer.concat([Uint8Array.of(version), mutated]);
  addressMaps.maps = Buffer.concat(maps);
  addressMaps.length = serializeUnsignedColumn(maps.map((map) => map.length));
  return toBinary(PatchSchema, message);
}

const QUICK_BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

function cutMaps({ count, length, maps }: AddressMaps): Uint8Array[] {
  let end = 0;
  return Array.from(parseUnsignedColumn(length, count, 'address_maps.length'), (bytes) =>
    maps.subarray(end, (end += bytes)),
  );
}

function parseHeader({ headerRaw }: FuzzSubject): PatchMessage {
  return fromBinary(PatchSchema, headerRaw);
}
