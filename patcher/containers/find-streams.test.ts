import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../testing/random-bytes.ts';
import { readerOf } from './container-reader.ts';
import { findDeflateStreams } from './find-streams.ts';
import { inflateStream } from './inflate-stream.ts';
import { findPngStream } from './png-stream.ts';
import { buildGzip, buildPng, buildZip } from './testing/container-samples.ts';

const random = new SeededRandom(1);
const texts = Array.from({ length: 5 }, (_, i) => random.text(1_000 * (i + 1)));
const rows = Array.from({ length: 100 }, () => random.text(300));

function contentsIn(file: Uint8Array): (Uint8Array | undefined)[] {
  return findDeflateStreams(readerOf(file)).map(({ pieces, inflatedBytes }) => {
    const parts = pieces.map(({ offset, sizeBytes }) => file.subarray(offset, offset + sizeBytes));
    return inflateStream(Buffer.concat(parts), inflatedBytes);
  });
}

function membersOf(contents: readonly Uint8Array[]): Parameters<typeof buildZip>[0] {
  return contents.map((content, i) => ({ name: `file-${i}.txt`, content, level: 6 }));
}

function expectContents(file: Uint8Array, contents: readonly Uint8Array[]): void {
  const found = contentsIn(file);
  expect(found.length).toBe(contents.length);
  found.forEach((content, i) => {
    expect(content && Buffer.compare(content, contents[i] as Uint8Array)).toBe(0);
  });
}

describe('findDeflateStreams', () => {
  it('finds the packed members of a zip and leaves stored ones', () => {
    const stored = { name: 'music.ogg', content: random.bytes(4_000) };
    expectContents(buildZip([stored, ...membersOf(texts), stored]), texts);
  });

  it('finds the members of a zip behind a program that extracts it', () => {
    expectContents(buildZip(membersOf(texts), { prefix: random.bytes(5_000) }), texts);
  });

  it('finds the members of a zip that has lost its directory', () => {
    expectContents(buildZip(membersOf(texts), { withDirectory: false }), texts);
  });

  it('finds what is packed inside files stored in a zip', () => {
    const inner = buildZip(membersOf(texts));
    const outer = buildZip([
      { name: 'mod.jar', content: inner },
      { name: 'picture.png', content: buildPng(rows, 8192) },
    ]);
    expectContents(outer, [...texts, Buffer.concat(rows.flatMap((row) => [Uint8Array.of(0), row]))]);
  });

  it('finds the content of a gzip file', () => {
    expectContents(buildGzip(texts[4] as Uint8Array, 'level.txt'), [texts[4] as Uint8Array]);
  });

  it('joins the image of a PNG, wherever its chunks cut it', () => {
    const image = Buffer.concat(rows.flatMap((row) => [Uint8Array.of(0), row]));
    for (const chunkBytes of [600, 1000, 8192, 1_000_000])
      expectContents(buildPng(rows, chunkBytes), [image]);
    const shredded = buildPng(rows, 11);
    const pieces = findPngStream(readerOf(shredded))?.pieces ?? [];
    const packed = pieces.map(({ offset, sizeBytes }) => shredded.subarray(offset, offset + sizeBytes));
    const content = inflateStream(Buffer.concat(packed), image.length);
    expect(content && Buffer.compare(content, image)).toBe(0);
  });

  it('leaves a PNG in so many chunks that a segment could not list them', () => {
    expectContents(buildPng(rows, 11), []);
  });

  it('finds nothing in other files, nor in empty ones', () => {
    expect(findDeflateStreams(readerOf(new Uint8Array()))).toEqual([]);
    expect(findDeflateStreams(readerOf(random.bytes(10_000)))).toEqual([]);
    expect(findDeflateStreams(readerOf(buildZip([])))).toEqual([]);
  });

  it('never leaves the file, however it is damaged', () => {
    const zip = buildZip([...membersOf(texts), { name: 'in.zip', content: buildZip(membersOf(texts)) }]);
    const files = [zip, buildPng(rows, 1000), buildGzip(texts[1] as Uint8Array, 'a')];
    for (const file of files) {
      const edits = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1 });
      fc.assert(
        fc.property(edits, fc.nat(file.length), (changes, sizeBytes) => {
          const damaged = Uint8Array.from(file);
          for (const [at, value] of changes) damaged[at] = value;
          const cut = damaged.subarray(0, sizeBytes);
          let end = 0;
          for (const { pieces, packedBytes } of findDeflateStreams(readerOf(cut))) {
            for (const piece of pieces) {
              expect(piece.offset).toBeGreaterThanOrEqual(end);
              end = piece.offset + piece.sizeBytes;
            }
            expect(end).toBeLessThanOrEqual(cut.length);
            expect(pieces.reduce((sum, { sizeBytes: bytes }) => sum + bytes, 0)).toBe(packedBytes);
          }
        }),
        { numRuns: 400, seed: 1 },
      );
    }
  });

  it('is not led in circles by a zip that holds itself', () => {
    // Each stored member begins at the zip's own first header again: only so deep is looked.
    const header = Buffer.from(
      buildZip([{ name: 'a', content: random.bytes(500) }], { withDirectory: false }),
    );
    header.writeUInt32LE(header.length - 31, 18);
    expect(findDeflateStreams(readerOf(Buffer.concat(Array.from({ length: 50 }, () => header))))).toEqual([]);
  });
});
