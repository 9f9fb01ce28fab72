import type { AddressMaps, Listing, OldFiles, Patch, Segments } from './gen/patch_pb.ts';
import type { Columns } from './manifest-columns.ts';
import { type FieldValues, readFields, writeFields } from './wire-fields.ts';

/** The header's message, with its parts where it has them. */
export interface PatchMessage extends Columns<Omit<Patch, keyof Parts>>, Parts {}

interface Parts {
  readonly listing?: Columns<Listing>;
  readonly oldFiles?: Columns<OldFiles>;
  readonly segments?: Columns<Segments>;
  readonly addressMaps?: Columns<AddressMaps>;
}

/** The numbers of a message's fields. */
type Numbers<Message> = Readonly<Record<keyof Message, number>>;

const DIGESTS: Numbers<Columns<Omit<Patch, keyof Parts>>> = {
  oldTreeDigest: 1,
  newTreeDigest: 2,
  oldFilesDigest: 3,
};
const PARTS: Numbers<Parts> = { listing: 4, oldFiles: 5, segments: 6, addressMaps: 7 };
const LISTING: Numbers<Columns<Listing>> = {
  count: 1,
  kind: 2,
  pathShared: 3,
  pathRestLength: 4,
  pathRest: 5,
  mode: 6,
  fileSize: 7,
  fileMade: 8,
  copiedFrom: 9,
  pieceCount: 10,
  pieceOffset: 11,
  pieceLength: 12,
  linkTargetLength: 13,
  linkTarget: 14,
};
const OLD_FILES: Numbers<Columns<OldFiles>> = {
  count: 1,
  pathShared: 2,
  pathRestLength: 3,
  pathRest: 4,
  size: 5,
};
const SEGMENTS: Numbers<Columns<Segments>> = {
  count: 1,
  packedBytes: 2,
  packedSha256: 3,
  newBytes: 4,
  newSha256: 5,
  rangeCount: 6,
  rangeFile: 7,
  rangeOffset: 8,
  rangeLength: 9,
};
const ADDRESS_MAPS: Numbers<Columns<AddressMaps>> = {
  count: 1,
  oldFile: 2,
  length: 3,
  maps: 4,
  firstSegment: 5,
};

/** The highest number of a field above. */
const FIELD_MAX = 14;

/** Write a patch's header in its wire form, every part of it. */
export function writePatchMessage(message: Required<PatchMessage>): Uint8Array {
  const { listing, oldFiles, segments, addressMaps, ...digests } = message;
  return Buffer.concat([
    writeColumns(digests, DIGESTS),
    writeFields([
      [PARTS.listing, writeColumns(listing, LISTING)],
      [PARTS.oldFiles, writeColumns(oldFiles, OLD_FILES)],
      [PARTS.segments, writeColumns(segments, SEGMENTS)],
      [PARTS.addressMaps, writeColumns(addressMaps, ADDRESS_MAPS)],
    ]),
  ]);
}

/** Fields that are empty or 0 are left out, as they are of every such message. */
function writeColumns<Name extends string>(
  values: Readonly<Record<Name, number | Uint8Array>>,
  numbers: Readonly<Record<Name, number>>,
): Uint8Array {
  const names = Object.keys(numbers) as Name[];
  const fields = names.map((name) => [numbers[name], values[name]] as const);
  return writeFields(fields.filter(([, value]) => (typeof value === 'number' ? value : value.length) > 0));
}

/**
 * Read a patch's header from its wire form.
 * @throws {RangeError | TypeError} At bytes that are no such message.
 */
export function readPatchMessage(bytes: Uint8Array): PatchMessage {
  const fields = readFields(bytes, FIELD_MAX);
  return {
    ...readColumns(fields, DIGESTS),
    ...readPart('listing', fields, LISTING),
    ...readPart('oldFiles', fields, OLD_FILES),
    ...readPart('segments', fields, SEGMENTS),
    ...readPart('addressMaps', fields, ADDRESS_MAPS),
  };
}

/** `count` is a number, everything else bytes. */
type ColumnValues<Name extends string> = {
  readonly [key in Name]: key extends 'count' ? number : Uint8Array;
};

function readColumns<Name extends string>(
  fields: FieldValues,
  numbers: Readonly<Record<Name, number>>,
): ColumnValues<Name> {
  const names = Object.keys(numbers) as Name[];
  return Object.fromEntries(
    names.map((name) => [name, (name === 'count' ? numberOf : bytesOf)(fields, numbers[name])]),
  ) as ColumnValues<Name>;
}

const EMPTY = new Uint8Array();

function bytesOf(fields: FieldValues, field: number): Uint8Array {
  const value = fields.get(field) ?? EMPTY;
  if (typeof value === 'number') throw new TypeError(`field ${field} is a number`);
  return value;
}

function numberOf(fields: FieldValues, field: number): number {
  const value = fields.get(field) ?? 0;
  if (typeof value !== 'number') throw new TypeError(`field ${field} is no number`);
  return value;
}

function readPart<Part extends keyof Parts, Name extends string>(
  part: Part,
  fields: FieldValues,
  numbers: Readonly<Record<Name, number>>,
): { readonly [key in Part]?: ColumnValues<Name> } {
  const value = fields.get(PARTS[part]);
  if (value === undefined) return {};
  if (typeof value === 'number') throw new TypeError(`${part} is a number`);
  return { [part]: readColumns(readFields(value, FIELD_MAX), numbers) } as {
    readonly [key in Part]?: ColumnValues<Name>;
  };
}
