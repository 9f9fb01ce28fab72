import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { AddressMap } from '../executables/address-map.ts';
import { serializeAddressMap } from '../executables/address-map-format.ts';
import { PREAMBLE_BYTES } from './framed-header.ts';
import { PatchSchema } from './gen/patch_pb.ts';
import type { Sha256 } from './manifest.ts';
import type { Patch, UnplacedSegment } from './patch.ts';
import { serializePatchHeader } from './patch-format.ts';
import { parsePatchHeader, parsePreamble } from './patch-header-parser.ts';
import { toAddressMaps } from './patch-rows.ts';
import { computeSha256 } from './sha256.ts';
import { serializeUnsignedColumn } from './varint-column.ts';
import { compressFrame } from './zstd-frame.ts';

const DIGEST = 'ab'.repeat(32) as Sha256;
const MAP: AddressMap = {
  oldBase: 0n,
  newBase: 0n,
  imageBytes: 2 ** 20,
  regions: Array.from({ length: 4096 }, (_, row) => ({
    kind: 4,
    fileOffset: row * 16,
    sizeBytes: 8,
    address: row * 16,
    parameters: [0, 0, 0, 0],
  })),
  stepStarts: Uint32Array.of(0, 4096),
  stepShifts: Int32Array.of(0, 16),
};
const SEGMENT: UnplacedSegment = {
  packedBytes: 16,
  packedSha256: DIGEST,
  newBytes: 1,
  newSha256: DIGEST,
  oldRanges: [{ oldFile: 0, offset: 0, length: 1 }],
};

function serializeWithMaps(count: number): Uint8Array {
  return serializePatchHeader({
    oldTreeDigest: DIGEST,
    newTreeDigest: DIGEST,
    oldFilesDigest: DIGEST,
    entries: [],
    oldFiles: [{ path: 'game', sizeBytes: 2 ** 20 }],
    segments: Array.from({ length: count }, () => SEGMENT),
    addressMaps: Array.from({ length: count }, (_, row) => ({ oldFile: 0, firstSegment: row, map: MAP })),
  });
}

function parse(bytes: Uint8Array): Patch {
  return parsePatchHeader(parsePreamble(bytes), bytes.subarray(PREAMBLE_BYTES));
}

describe('parsePatchHeader', () => {
  it('reads address maps and which segments they belong to', () => {
    const { addressMaps } = parse(serializeWithMaps(2));
    expect(addressMaps.map(({ firstSegment }) => firstSegment)).toEqual([0, 1]);
    expect(serializeAddressMap((addressMaps[1] as Patch['addressMaps'][0]).map)).toEqual(
      serializeAddressMap(MAP),
    );
  });

  it('refuses maps that would take more memory than a reader has, though each is allowed', () => {
    const map = serializeAddressMap(MAP);
    const read = (count: number): unknown =>
      toAddressMaps(
        {
          count,
          oldFile: new Uint8Array(count),
          length: serializeUnsignedColumn(Array.from({ length: count }, () => map.length)),
          maps: Buffer.concat(Array.from({ length: count }, () => map)),
          firstSegment: new Uint8Array(count).fill(1),
        },
        1,
        100,
      );
    expect(read(60)).toHaveLength(60);
    const refused = { code: 'PATCH_FORMAT_INVALID', details: { reason: expect.stringContaining('larger') } };
    expect(() => read(70)).toThrow(expect.objectContaining(refused));
  });

  it('ignores fields it does not know', () => {
    const known = toBinary(
      PatchSchema,
      create(PatchSchema, {
        oldTreeDigest: Buffer.from(DIGEST, 'hex'),
        newTreeDigest: Buffer.from(DIGEST, 'hex'),
        oldFilesDigest: Buffer.from(DIGEST, 'hex'),
        listing: {},
        oldFiles: {},
        segments: {},
      }),
    );
    // Field 100, three bytes; field 101, a number.
    const body = Buffer.concat([known, Buffer.from([0xa2, 0x06, 3, 1, 2, 3, 0xa8, 0x06, 7])]);
    const packed = compressFrame(body, { level: 1, checksum: false });
    const preamble = {
      headerRawBytes: body.length,
      headerPackedBytes: packed.length,
      headerSha256: computeSha256(packed),
    };
    expect(parsePatchHeader(preamble, packed)).toMatchObject({
      entries: { length: 0 },
      segments: [],
      newTreeDigest: DIGEST,
    });
  });
});
