import { readFile } from 'node:fs/promises';
import { constants, createDeflateRaw, crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildGzip, buildPng, buildZip } from '../containers/testing/container-samples.ts';
import { AppError } from '../errors.ts';
import { linkFakeElf } from '../executables/testing/fake-elf.ts';
import { parseSegmentBody } from '../formats/segment-body.ts';
import { computeSha256 } from '../formats/sha256.ts';
import type { ScannedTree } from '../scan/scan-tree.ts';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import type { FakeNode } from '../testing/trees/tree-builder.ts';
import { decodeSegment } from './apply/decode-segment.ts';
import { describePatch } from './apply/describe-patch.ts';
import { joinPatchParts, makePatchPart } from './make/patch-parts.ts';
import { planFromFiles } from './plan/plan-from-files.ts';
import { planParts } from './plan/plan-parts.ts';
import { openBytes, PatchFixture } from './testing/patch-fixture.ts';

function file(bytes: Uint8Array, mode = 0o644): FakeNode {
  return { kind: 'file', bytes, mode };
}

const random = new SeededRandom(41);
const TEXTS = Array.from({ length: 9 }, (_, i) => random.text(2_000 + 3_000 * i));
const PIXELS = Array.from({ length: 90 }, () => random.text(200));
const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** A hundred bytes of each content are others in each version. */
function edit(content: Uint8Array, version: number): Uint8Array {
  const edits = new SeededRandom(version);
  const edited = Uint8Array.from(content);
  if (version === 0) return edited;
  for (let i = 0; i < 100; i++) edited[edits.below(edited.length)] = 97 + edits.below(26);
  return edited;
}

/** Deflate that begins a new block every few bytes, as zlib never does by itself: not to be described. */
async function deflateOddly(content: Uint8Array): Promise<Uint8Array> {
  const encoder = createDeflateRaw({ level: 6 });
  const parts: Buffer[] = [];
  encoder.on('data', (part: Buffer) => parts.push(part));
  for (let at = 0; at < content.length; at += 48) {
    encoder.write(content.subarray(at, at + 48));
    await new Promise<void>((resolve) => encoder.flush(constants.Z_FULL_FLUSH, resolve));
  }
  await new Promise<void>((resolve) => encoder.end(resolve));
  return Buffer.concat(parts);
}

async function buildOddGzip(content: Uint8Array): Promise<Uint8Array> {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length, 4);
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  return Buffer.concat([header, await deflateOddly(content), trailer]);
}

async function buildGame(version: number): Promise<Map<string, FakeNode>> {
  const texts = TEXTS.map((text) => edit(text, version));
  const png = buildPng(
    PIXELS.map((row, i) => (i % 7 === 0 ? edit(row, version) : row)),
    1_500,
  );
  const members = texts.map((content, i) => ({ name: `t${i}`, content, level: LEVELS[i] as number }));
  const unchanged = { name: 'same', content: new SeededRandom(5).text(20_000), level: 9 };
  const stored = { name: 'stored.png', content: png };
  const inner = { name: 'inner.zip', content: buildZip(members.slice(0, 3)) };
  return new Map([
    ['data.pk3', file(buildZip([...members, unchanged, stored]))],
    ['lib/game.jar', file(buildZip([inner, ...members.toReversed()]))],
    ['map.gz', file(buildGzip(texts[8] as Uint8Array, 'map'))],
    ['odd.gz', file(await buildOddGzip(texts[7] as Uint8Array))],
    ['logo.png', file(png)],
    ['readme', file(texts[6] as Uint8Array)],
  ]);
}

interface Trees {
  readonly old: ScannedTree;
  readonly next: ScannedTree;
}

async function writeGames(fixture: PatchFixture): Promise<Trees> {
  return { old: await fixture.write(await buildGame(0)), next: await fixture.write(await buildGame(1)) };
}

/** @returns How many segments of a patch expand something. */
async function countExpanded(bytes: Uint8Array): Promise<number> {
  const { patch, readSegment } = await openBytes(bytes);
  const bodies = await Promise.all(patch.segments.map((segment) => readSegment(segment)));
  return bodies.filter((body) => parseSegmentBody(body)?.expanded !== undefined).length;
}

describe('a patch between builds with containers', () => {
  it('compares what streams hold, forward and back', async () => {
    await using fixture = await PatchFixture.open();
    const { old, next } = await writeGames(fixture);
    const packed = await fixture.make(old, next, { effort: 'fast' });
    expect(await countExpanded(packed.bytes)).toBe(0);
    const ways = [
      { from: old, to: next, effort: 'default' },
      { from: next, to: old, effort: 'max' },
    ] as const;
    for (const { from, to, effort } of ways) {
      const { bytes } = await fixture.make(from, to, { effort, secondOpinion: false });
      expect(await countExpanded(bytes)).toBe(1);
      expect(bytes.length).toBeLessThan(packed.bytes.length / 3);
      expect(await compareTrees(to.root, await fixture.apply(bytes, from.root))).toEqual([]);
      const classes = await describePatch(await openBytes(bytes), to.root);
      const sum = (name: 'newBytes' | 'alignedBytes' | 'extraBytes' | 'copiedBytes') =>
        classes.reduce((total, summary) => total + summary[name], 0);
      expect(sum('alignedBytes') + sum('extraBytes') + sum('copiedBytes')).toBe(sum('newBytes'));
    }
  });

  it('leaves streams packed that cross a border of segments, and gives the same in parts', async () => {
    await using fixture = await PatchFixture.open();
    const { old, next } = await writeGames(fixture);
    const segmentBytes = 10_000;
    const { bytes, report } = await fixture.make(old, next, { effort: 'default', segmentBytes });
    expect(report.segments).toBeGreaterThan(10);
    expect(await countExpanded(bytes)).toBeGreaterThan(0);
    expect(await compareTrees(next.root, await fixture.apply(bytes, old.root))).toEqual([]);
    const joined = await makeInParts(fixture, { old, next }, segmentBytes);
    expect(joined.equals(bytes)).toBe(true);
  });

  it('is no larger at a higher effort where what both builds packed would make an index too large', async () => {
    await using fixture = await PatchFixture.open();
    const text = new SeededRandom(6).text(150_000);
    // Each has a little of what is new, all together more than an index of 8 MiB holds densely.
    const archived = Array.from({ length: 12 }, (_, i) => ({
      name: `a${i}`,
      content: Buffer.concat([
        text.subarray(i * 5_000, (i + 1) * 5_000),
        new SeededRandom(100 + i).text(300_000),
      ]),
      level: 6,
    }));
    const game = (version: number): FakeNode =>
      file(buildZip([{ name: 'text', content: edit(text, version), level: 6 }]));
    const old = await fixture.write(
      new Map([
        ['archive.zip', file(buildZip(archived))],
        ['game.zip', game(0)],
      ]),
    );
    const next = await fixture.write(new Map([['game.zip', game(1)]]));
    const options = { memoryBudgetBytes: 16 * 2 ** 20, secondOpinion: false };
    const sizes: number[] = [];
    for (const effort of ['fast', 'default', 'max'] as const) {
      const { bytes } = await fixture.make(old, next, { effort, ...options });
      expect(await countExpanded(bytes)).toBe(effort === 'fast' ? 0 : 1);
      expect(await compareTrees(next.root, await fixture.apply(bytes, old.root))).toEqual([]);
      sizes.push(bytes.length);
    }
    expect(sizes.toSorted((a, b) => b - a)).toEqual(sizes);
  });

  it('asks bsdiff about files without streams only', async () => {
    await using fixture = await PatchFixture.open();
    const { old, next } = await writeGames(fixture);
    const { bytes } = await fixture.make(old, next, { effort: 'max', secondOpinion: true });
    expect(await compareTrees(next.root, await fixture.apply(bytes, old.root))).toEqual([]);
  });

  it('rewrites the addresses of a program that shares a segment with a container', async () => {
    await using fixture = await PatchFixture.open();
    const [old, next] = await Promise.all(
      [0, 1].map(async (version) => {
        const game = await buildGame(version);
        game.set('game', file(linkProgram(version), 0o755));
        return fixture.write(game);
      }),
    );
    const { bytes } = await fixture.make(old as ScannedTree, next as ScannedTree, { effort: 'default' });
    const { patch, readSegment } = await openBytes(bytes);
    expect(patch.addressMaps.length).toBe(1);
    const bodies = await Promise.all(patch.segments.map((segment) => readSegment(segment)));
    const parsed = bodies.map((body) => parseSegmentBody(body));
    expect(parsed).toMatchObject([{ predicted: true, expanded: expect.anything() }]);
    const made = await fixture.apply(bytes, (old as ScannedTree).root);
    expect(await compareTrees((next as ScannedTree).root, made)).toEqual([]);
  });

  it('gives a typed error or the right bytes when a segment is damaged and its hash made to fit', async () => {
    await using fixture = await PatchFixture.open();
    const { old, next } = await writeGames(fixture);
    const { bytes } = await fixture.make(old, next, { effort: 'default' });
    const { patch, readSegment } = await openBytes(bytes);
    const segment = patch.segments[0];
    if (segment === undefined) throw new Error('the patch has no segment');
    const body = Buffer.from(await readSegment(segment));
    const contents = await Promise.all(
      Array.from(patch.oldFiles, ({ path }) => readFile(`${old.root}/${path}`)),
    );
    const decode = (compressed: Uint8Array): Uint8Array =>
      decodeSegment({
        segment: {
          ...segment,
          packedBytes: compressed.length,
          packedSha256: computeSha256(compressed),
        },
        compressed,
        addressMaps: new Map(),
        readOld: ({ oldFile, offset, length }, into) =>
          into.set((contents[oldFile] as Buffer).subarray(offset, offset + length)),
      });
    const right = Buffer.from(decode(body));
    const edits = new SeededRandom(43);
    const codes = new Set<string>();
    for (let run = 0; run < 150; run++) {
      const damaged = Buffer.from(body);
      const at = edits.below(edits.below(2) === 0 ? 200 : body.length);
      damaged[at] = (damaged[at] as number) ^ (1 + edits.below(255));
      try {
        expect(Buffer.compare(decode(damaged), right)).toBe(0);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        codes.add((error as AppError).code);
      }
    }
    expect([...codes].sort()).toEqual(['PATCH_RESULT_MISMATCH', 'PATCH_SEGMENT_DAMAGED']);
  });
});

async function makeInParts(
  fixture: PatchFixture,
  { old, next }: Trees,
  segmentBytes: number,
): Promise<Buffer> {
  const trees = { oldTree: old, newTree: next, newRoot: next.root };
  const plan = await planFromFiles({ ...trees, effort: 'default', segmentBytes });
  const parts: string[] = [];
  for (const part of planParts(plan, { segmentsPerPart: 12 })) {
    const outPath = fixture.fresh('part');
    await makePatchPart({ plan, part, oldRoot: old.root, newRoot: next.root, outPath, workers: 1 });
    parts.push(outPath);
  }
  const outPath = fixture.fresh('joined');
  await joinPatchParts({ plan, parts, outPath });
  return readFile(outPath);
}

const FUNCTIONS = 4_800;

/** Functions that call and load all over the image; some have grown in the later version. */
function linkProgram(version: number): Uint8Array {
  const functions = Array.from({ length: FUNCTIONS }, (_, row) => ({
    fillBytes: 20 + ((row * 37) % 50) + (version > 0 && row % 97 === 0 ? 64 : 0),
    calls: (row * 173) % FUNCTIONS,
    loads: (row * 59) % FUNCTIONS,
  }));
  return linkFakeElf(functions).bytes;
}
