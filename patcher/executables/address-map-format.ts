import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import {
  parseSignedColumn,
  parseUnsignedColumn,
  serializeSignedColumn,
  serializeUnsignedColumn,
} from '../formats/varint-column.ts';
import { type AddressMap, type Parameters, type Region, RegionKind } from './address-map.ts';
import { executableErrors } from './executable-errors.ts';
import { IMAGE_BYTES_MAX, PAGE_BYTES } from './executable.ts';

/** What a reader refuses to exceed. @see docs/formats/address-map.md#limits */
export const ADDRESS_MAP_LIMITS = {
  packedBytes: 4 * 2 ** 20,
  rawBytes: 16 * 2 ** 20,
  regions: 4096,
  steps: 2 ** 20,
} as const;

const VERSION = 1;
const PARAMETER_COUNT = 4;
const KIND_MAX = Math.max(...Object.values(RegionKind));
const ADDRESS_MAX = 2 ** 31 - 1;
/** Columns of the raw form, in their order. */
const COLUMNS = ['head', 'kinds', 'gaps', 'sizes', 'addresses', 'parameters', 'starts', 'shifts'] as const;

type Column = (typeof COLUMNS)[number];

/**
 * Write a map: a version byte, then its columns under brotli.
 * @see docs/formats/address-map.md
 */
export function serializeAddressMap(map: AddressMap): Uint8Array {
  return Buffer.concat([Uint8Array.of(VERSION), pack(layColumns(map))]);
}

/** Whether a map takes less than so many bytes, told without packing it where it is short enough as it is. */
export function isAddressMapShorter(map: AddressMap, bytes: number): boolean {
  const raw = layColumns(map);
  return raw.length < bytes || 1 + pack(raw).length < bytes;
}

function layColumns(map: AddressMap): Uint8Array {
  const { regions, stepStarts, stepShifts } = map;
  const page = BigInt(PAGE_BYTES);
  const head = [
    map.imageBytes,
    Number(map.oldBase / page),
    Number(map.newBase / page),
    regions.length,
    stepStarts.length,
  ];
  const columns: Record<Column, Uint8Array> = {
    head: serializeUnsignedColumn(head),
    kinds: serializeUnsignedColumn(regions.map(({ kind }) => kind)),
    gaps: serializeUnsignedColumn(
      regions.map(({ fileOffset }, row) => fileOffset - (row === 0 ? 0 : endOf(regions[row - 1] as Region))),
    ),
    sizes: serializeUnsignedColumn(regions.map(({ sizeBytes }) => sizeBytes)),
    addresses: serializeUnsignedColumn(regions.map(({ address }) => address)),
    parameters: serializeUnsignedColumn(regions.flatMap(({ parameters }) => parameters)),
    starts: serializeUnsignedColumn(differences(stepStarts)),
    shifts: serializeSignedColumn(differences(stepShifts)),
  };
  return Buffer.concat(
    COLUMNS.flatMap((name) => [serializeUnsignedColumn([columns[name].length]), columns[name]]),
  );
}

function pack(raw: Uint8Array): Uint8Array {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 };
  return brotliCompressSync(raw, { params });
}

function endOf({ fileOffset, sizeBytes }: Region): number {
  return fileOffset + sizeBytes;
}

function differences(values: ArrayLike<number>): number[] {
  return Array.from(values, (value, row) => value - (row === 0 ? 0 : (values[row - 1] as number)));
}

/**
 * Read a map from outside; what it returns is safe to predict with.
 * @throws {AppError} `ADDRESS_MAP_INVALID`, `ADDRESS_MAP_VERSION_UNSUPPORTED`, or `FORMAT_COLUMN_MALFORMED`.
 */
export function parseAddressMap(bytes: Uint8Array): AddressMap {
  if (bytes.length < 2 || bytes.length > ADDRESS_MAP_LIMITS.packedBytes) throw invalid('its length');
  if (bytes[0] !== VERSION) {
    throw executableErrors.error('ADDRESS_MAP_VERSION_UNSUPPORTED', { version: bytes[0] });
  }
  const columns = splitColumns(unpack(bytes.subarray(1)));
  const [imageBytes = 0, oldPage = 0, newPage = 0, regionCount = 0, stepCount = 0] = parseUnsignedColumn(
    columns.head,
    5,
    'head',
  );
  if (imageBytes < 1 || imageBytes > IMAGE_BYTES_MAX) throw invalid('the size of its image');
  if (Math.max(oldPage, newPage) >= 2 ** 52) throw invalid('a base');
  if (regionCount > ADDRESS_MAP_LIMITS.regions) throw invalid('its count of regions');
  if (stepCount < 1 || stepCount > ADDRESS_MAP_LIMITS.steps) throw invalid('its count of steps');
  return {
    oldBase: BigInt(oldPage) * BigInt(PAGE_BYTES),
    newBase: BigInt(newPage) * BigInt(PAGE_BYTES),
    imageBytes,
    regions: parseRegions(columns, regionCount),
    stepStarts: parseStarts(columns.starts, stepCount, imageBytes),
    stepShifts: parseShifts(columns.shifts, stepCount),
  };
}

function unpack(packed: Uint8Array): Uint8Array {
  try {
    return brotliDecompressSync(packed, { maxOutputLength: ADDRESS_MAP_LIMITS.rawBytes });
  } catch (cause) {
    throw executableErrors.error('ADDRESS_MAP_INVALID', { part: 'its packed bytes' }, cause);
  }
}

/** Each column has its length before it; nothing is left over. */
function splitColumns(raw: Uint8Array): Record<Column, Uint8Array> {
  const columns: Partial<Record<Column, Uint8Array>> = {};
  let at = 0;
  for (const name of COLUMNS) {
    let end = at;
    while (end < raw.length && (raw[end] as number) >= 0x80) end++;
    const [length = 0] = parseUnsignedColumn(raw.subarray(at, end + 1), 1, name);
    at = end + 1 + length;
    if (at > raw.length) throw invalid(`its column ${name}`);
    columns[name] = raw.subarray(end + 1, at);
  }
  if (at !== raw.length) throw invalid('what follows its columns');
  return columns as Record<Column, Uint8Array>;
}

function parseRegions(columns: Record<Column, Uint8Array>, count: number): Region[] {
  const kinds = parseUnsignedColumn(columns.kinds, count, 'kinds');
  const gaps = parseUnsignedColumn(columns.gaps, count, 'gaps');
  const sizes = parseUnsignedColumn(columns.sizes, count, 'sizes');
  const addresses = parseUnsignedColumn(columns.addresses, count, 'addresses');
  const parameters = parseUnsignedColumn(columns.parameters, count * PARAMETER_COUNT, 'parameters');
  if (parameters.some((parameter) => parameter > ADDRESS_MAX)) throw invalid('a parameter of a region');
  const regions: Region[] = [];
  let end = 0;
  for (let row = 0; row < count; row++) {
    const kind = kinds[row] as number;
    const fileOffset = end + (gaps[row] as number);
    const sizeBytes = sizes[row] as number;
    const address = addresses[row] as number;
    end = fileOffset + sizeBytes;
    if (kind < 1 || kind > KIND_MAX) throw invalid('the kind of a region');
    if (end > Number.MAX_SAFE_INTEGER || address + sizeBytes > ADDRESS_MAX)
      throw invalid('the place of a region');
    const given = parameters.subarray(row * PARAMETER_COUNT, (row + 1) * PARAMETER_COUNT);
    regions.push({
      kind: kind as RegionKind,
      fileOffset,
      sizeBytes,
      address,
      parameters: [...given] as unknown as Parameters,
    });
  }
  return regions;
}

function parseStarts(column: Uint8Array, count: number, imageBytes: number): Uint32Array {
  const gaps = parseUnsignedColumn(column, count, 'starts');
  const starts = new Uint32Array(count);
  let start = 0;
  for (let row = 0; row < count; row++) {
    const gap = gaps[row] as number;
    start += gap;
    if ((row === 0) !== (gap === 0) || start >= imageBytes) throw invalid('the start of a step');
    starts[row] = start;
  }
  return starts;
}

function parseShifts(column: Uint8Array, count: number): Int32Array {
  const changes = parseSignedColumn(column, count, 'shifts');
  const shifts = new Int32Array(count);
  let shift = 0;
  for (let row = 0; row < count; row++) {
    shift += changes[row] as number;
    if (Math.abs(shift) > ADDRESS_MAX) throw invalid('the shift of a step');
    shifts[row] = shift;
  }
  return shifts;
}

function invalid(part: string): Error {
  return executableErrors.error('ADDRESS_MAP_INVALID', { part });
}
