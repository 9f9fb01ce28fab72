import { describe, expect, it } from 'vitest';
import { PREAMBLE_BYTES } from '../../formats/framed-header.ts';
import { PATCH_FILE } from '../../formats/patch-header-parser.ts';
import { makeSmallBuild, memorySource, PatchFixture } from '../testing/patch-fixture.ts';
import { openPatch, type PatchSource } from './open-patch.ts';

const MEBIBYTE = 2 ** 20;

/** A patch that begins as one, says how long its header is, and is zeros then; counts what is read of it. */
class HostilePatch implements PatchSource {
  readonly sizeBytes: number;
  readBytes = 0;
  readonly #preamble = Buffer.alloc(PREAMBLE_BYTES);

  constructor(rawBytes: number, packedBytes: number) {
    this.sizeBytes = PREAMBLE_BYTES + packedBytes;
    this.#preamble.set(PATCH_FILE.magic);
    this.#preamble.writeUInt16LE(PATCH_FILE.version, 8);
    this.#preamble.writeUInt32LE(rawBytes, 12);
    this.#preamble.writeUInt32LE(packedBytes, 16);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    this.readBytes += length;
    const bytes = new Uint8Array(length);
    bytes.set(this.#preamble.subarray(offset, offset + length));
    return bytes;
  }
}

describe('a header that says it is larger than fits the memory', () => {
  it.each([
    ['the largest there are', 256 * MEBIBYTE, 128 * MEBIBYTE],
    ['little that unpacks to much', 3 * MEBIBYTE, 1000],
    ['much that hardly unpacks', 1000, 64 * MEBIBYTE],
  ])('is refused before it is read: %s', async (_, rawBytes, packedBytes) => {
    const source = new HostilePatch(rawBytes, packedBytes);
    const opening = openPatch(source, undefined, 128 * MEBIBYTE);
    await expect(opening).rejects.toMatchObject({ code: 'PATCH_HEADER_TOO_LARGE', family: 'input' });
    expect(source.readBytes).toBeLessThanOrEqual(64 * 1024);
  });

  it('is read and refused for what it is where there is the memory', async () => {
    const source = new HostilePatch(3 * MEBIBYTE, 100_000);
    const opening = openPatch(source, undefined, 512 * MEBIBYTE);
    await expect(opening).rejects.toMatchObject({ code: 'PATCH_FORMAT_INVALID' });
    expect(source.readBytes).toBe(source.sizeBytes);
  });
});

it('opens a patch in just the memory that its header takes', async () => {
  await using fixture = await PatchFixture.open();
  const old = await fixture.write(makeSmallBuild(1));
  const { bytes } = await fixture.make(old, await fixture.write(makeSmallBuild(2)));
  const neededBytes = 24 * bytes.readUInt32LE(12) + bytes.readUInt32LE(16);
  const { patch } = await openPatch(memorySource(bytes), undefined, 2 * neededBytes);
  expect(patch.entries.length).toBeGreaterThan(0);
  const opening = openPatch(memorySource(bytes), undefined, 2 * neededBytes - 1);
  await expect(opening).rejects.toMatchObject({ code: 'PATCH_HEADER_TOO_LARGE' });
});
