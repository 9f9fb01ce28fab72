import type { AddressMaps, Listing, OldFiles, Patch, Segments } from './gen/patch_pb.ts';
import type { Columns } from './manifest-columns.ts';
import { type FieldValues, readFields } from './wire-fields.ts';

/** The header's message, with its parts where it has them. */
export interface PatchMessage extends Columns<Omit<Patch, keyof Parts>>, Parts {}

interface Parts {
  readonly listing?: Columns<Listing>;
  readonly oldFiles?: Columns<OldFiles>;
  readonly segments?: Columns<Segments>;
  readonly addressMaps?: Columns<AddressMaps>;
}

/**
 * Read a patch's header from its wire form.
 * @throws {RangeError | TypeError} At bytes that are no such message.
 */
export function readPatchMessage(bytes: Uint8Array): PatchMessage {
  const fields = readFields(bytes, FIELD_MAX);
  return {
    oldTreeDigest: bytesOf(fields, 1),
    newTreeDigest: bytesOf(fields, 2),
    oldFilesDigest: bytesOf(fields, 3),
    ...readPart('listing', fields.get(4), readListing),
    ...readPart('oldFiles', fields.get(5), readOldFiles),
    ...readPart('segments', fields.get(6), readSegments),
    ...readPart('addressMaps', fields.get(7), readAddressMaps),
  };
}

function readListing(fields: FieldValues): Columns<Listing> {
  return {
    count: numberOf(fields, 1),
    kind: bytesOf(fields, 2),
    pathShared: bytesOf(fields, 3),
    pathRestLength: bytesOf(fields, 4),
    pathRest: bytesOf(fields, 5),
    mode: bytesOf(fields, 6),
    fileSize: bytesOf(fields, 7),
    fileMade: bytesOf(fields, 8),
    copiedFrom: bytesOf(fields, 9),
    pieceCount: bytesOf(fields, 10),
    pieceOffset: bytesOf(fields, 11),
    pieceLength: bytesOf(fields, 12),
    linkTargetLength: bytesOf(fields, 13),
    linkTarget: bytesOf(fields, 14),
  };
}

function readOldFiles(fields: FieldValues): Columns<OldFiles> {
  return {
    count: numberOf(fields, 1),
    pathShared: bytesOf(fields, 2),
    pathRestLength: bytesOf(fields, 3),
    pathRest: bytesOf(fields, 4),
    size: bytesOf(fields, 5),
  };
}

function readAddressMaps(fields: FieldValues): Columns<AddressMaps> {
  return {
    count: numberOf(fields, 1),
    oldFile: bytesOf(fields, 2),
    length: bytesOf(fields, 3),
    maps: bytesOf(fields, 4),
    firstSegment: bytesOf(fields, 5),
  };
}

function readSegments(fields: FieldValues): Columns<Segments> {
  return {
    count: numberOf(fields, 1),
    packedBytes: bytesOf(fields, 2),
    packedSha256: bytesOf(fields, 3),
    newBytes: bytesOf(fields, 4),
    newSha256: bytesOf(fields, 5),
    rangeCount: bytesOf(fields, 6),
    rangeFile: bytesOf(fields, 7),
    rangeOffset: bytesOf(fields, 8),
    rangeLength: bytesOf(fields, 9),
  };
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

function readPart<Name extends string, Part>(
  name: Name,
  value: number | Uint8Array | undefined,
  read: (fields: FieldValues) => Part,
): { readonly [key in Name]?: Part } {
  if (value === undefined) return {};
  if (typeof value === 'number') throw new TypeError(`${name} is a number`);
  return { [name]: read(readFields(value, FIELD_MAX)) } as { readonly [key in Name]?: Part };
}

/** The highest number of a field above. */
const FIELD_MAX = 14;
