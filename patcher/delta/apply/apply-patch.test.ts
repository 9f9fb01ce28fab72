import { appendFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../errors.ts';
import type { Patch } from '../../formats/patch.ts';
import { PREAMBLE_BYTES } from '../../formats/framed-header.ts';
import { parsePatchHeader, parsePreamble } from '../../formats/patch-header-parser.ts';
import { computeSha256 } from '../../formats/sha256.ts';
import { compressFrame, decompressFrame } from '../../formats/zstd-frame.ts';
import { DEFAULT_CHUNKING } from '../../scan/chunker.ts';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { evolveFakeBuild, type FakeNode } from '../../testing/trees/tree-builder.ts';
import { applyPatchToFolder } from './apply-patch.ts';
import { decodeSegment } from './decode-segment.ts';
import { planSegments } from './plan-pieces.ts';
import { makeSmallBuild, openBytes, PatchFixture } from '../testing/patch-fixture.ts';

async function makePair(fixture: PatchFixture, seed = 21) {
  const build = makeSmallBuild(seed);
  const old = await fixture.write(build);
  const next = await fixture.write(evolveFakeBuild(build, seed + 1));
  return { old, next, bytes: (await fixture.make(old, next)).bytes };
}

describe('applyPatchToFolder', () => {
  it('names the old build when one of its files has another content of the same size', async () => {
    await using fixture = await PatchFixture.open();
    const { old, bytes } = await makePair(fixture);
    for (const name of ['game', 'lib/1.0/engine.so']) {
      const file = path.join(old.root, name);
      const right = await readFile(file);
      await writeFile(
        file,
        right.map((byte, at) => (at === 1234 ? byte ^ 1 : byte)),
      );
      await expect(fixture.apply(bytes, old.root)).rejects.toMatchObject({ code: 'PATCH_OLD_MISMATCH' });
      await writeFile(file, right);
    }
    expect(await fixture.apply(bytes, old.root)).toBeTypeOf('string');
  });

  it('says that the old folder is none where it is a link to itself', async () => {
    await using fixture = await PatchFixture.open();
    const { bytes } = await makePair(fixture);
    const loop = fixture.fresh('loop');
    await symlink(loop, loop);
    await expect(fixture.apply(bytes, loop)).rejects.toMatchObject({
      code: 'PATCH_OLD_MISMATCH',
      details: { path: loop },
    });
  });

  it('makes the same tree on the calling thread, on one thread, and on several', async () => {
    await using fixture = await PatchFixture.open();
    const build = makeSmallBuild(23);
    const old = await fixture.write(build);
    const next = await fixture.write(evolveFakeBuild(build, 24));
    const { bytes } = await fixture.make(old, next, { segmentBytes: 64_000, effort: 'fast' });
    const { patch } = await openBytes(bytes);
    expect(patch.segments.length).toBeGreaterThan(2);
    const ways = [
      { useCallingThread: true, memoryBytes: 0 },
      { memoryBytes: 0 },
      { useCallingThread: true, memoryBytes: 2 ** 33 },
    ];
    const threads: number[] = [];
    for (const way of ways) {
      const outRoot = fixture.fresh('out');
      const report = await applyPatchToFolder({
        patch: await openBytes(bytes),
        oldRoot: old.root,
        outRoot,
        ...way,
      });
      threads.push(report.threads);
      expect(await compareTrees(next.root, outRoot)).toEqual([]);
    }
    const several = Math.min(patch.segments.length, availableParallelism());
    expect(threads).toEqual([0, 1, several === 1 ? 0 : several]);
  });

  it('reads again for its hash only what a file repeats of one before it', async () => {
    await using fixture = await PatchFixture.open();
    const random = new SeededRandom(25);
    const repeated = random.bytes(60_000);
    const around = (): Uint8Array => random.bytes(90_000);
    const file = (...parts: Uint8Array[]): FakeNode => ({
      kind: 'file',
      bytes: Buffer.concat(parts),
      mode: 0o644,
    });
    const old = await fixture.write(new Map([['pack', file(around())]]));
    const next = await fixture.write(
      new Map([
        ['first', file(around(), repeated, around())],
        ['pack', file(around(), repeated, around(), repeated, around())],
      ]),
      DEFAULT_CHUNKING,
    );
    const { bytes } = await fixture.make(old, next, { segmentBytes: 50_000, effort: 'default' });
    const outRoot = fixture.fresh('out');
    const report = await applyPatchToFolder({ patch: await openBytes(bytes), oldRoot: old.root, outRoot });
    expect(report.bytesReadBack).toBe(2 * repeated.length);
    expect(await compareTrees(next.root, outRoot)).toEqual([]);
  });

  it('passes on from a thread what is wrong with a segment', async () => {
    await using fixture = await PatchFixture.open();
    const { old, bytes } = await makePair(fixture);
    const broken = Buffer.from(bytes);
    broken[broken.length - 3] = (broken.at(-3) as number) ^ 1;
    await expect(fixture.apply(broken, old.root, { useCallingThread: false })).rejects.toMatchObject({
      code: 'PATCH_SEGMENT_DAMAGED',
      details: { reason: expect.any(String) },
    });
  });

  it('names an old file that is missing, longer, or no file', async () => {
    await using fixture = await PatchFixture.open();
    const { old, bytes } = await makePair(fixture);
    const game = path.join(old.root, 'game');
    const apply = () => fixture.apply(bytes, old.root);
    await appendFile(game, 'x');
    await expect(apply()).rejects.toMatchObject({ code: 'PATCH_OLD_MISMATCH', details: { path: 'game' } });
    await rm(game);
    await expect(apply()).rejects.toMatchObject({ code: 'PATCH_OLD_MISMATCH', details: { path: 'game' } });
    await mkdir(game);
    await expect(apply()).rejects.toMatchObject({ code: 'PATCH_OLD_MISMATCH', details: { path: 'game' } });
  });

  it('does not mind other files beside the old build', async () => {
    await using fixture = await PatchFixture.open();
    const { old, next, bytes } = await makePair(fixture);
    await writeFile(path.join(old.root, 'save.dat'), 'mine');
    expect(await compareTrees(next.root, await fixture.apply(bytes, old.root))).toEqual([]);
  });

  it('names the old build when a file that is only copied has another content', async () => {
    await using fixture = await PatchFixture.open();
    const { old, bytes } = await makePair(fixture);
    const { patch } = await openBytes(bytes);
    const copied = [...patch.entries].flatMap((entry) =>
      entry.kind === 'file' && entry.origin.kind === 'copy' && entry.sizeBytes > 0
        ? [entry.origin.oldFile]
        : [],
    );
    const file = path.join(old.root, patch.oldFiles.at(copied[0] as number)?.path ?? '');
    const right = await readFile(file);
    await writeFile(
      file,
      right.map((byte, at) => (at === right.length - 1 ? byte ^ 1 : byte)),
    );
    await expect(fixture.apply(bytes, old.root)).rejects.toMatchObject({ code: 'PATCH_OLD_MISMATCH' });
  });

  it.runIf(process.platform !== 'win32')('gives files their modes whatever the umask is', async () => {
    await using fixture = await PatchFixture.open();
    const old = await fixture.write(makeSmallBuild(41));
    const build = evolveFakeBuild(makeSmallBuild(41), 42);
    const modes = [0o666, 0o444, 0o755, 0o640, 0o400, 0o777];
    const changed = [...build].map(([treePath, node], row): [string, FakeNode] =>
      node.kind === 'file' ? [treePath, { ...node, mode: modes[row % 6] as number }] : [treePath, node],
    );
    const next = await fixture.write(new Map(changed));
    const { bytes } = await fixture.make(old, next);
    expect(await compareTrees(next.root, await fixture.apply(bytes, old.root))).toEqual([]);
  });

  it('refuses a folder that holds something', async () => {
    await using fixture = await PatchFixture.open();
    const { old, bytes } = await makePair(fixture);
    const applying = applyPatchToFolder({
      patch: await openBytes(bytes),
      oldRoot: old.root,
      outRoot: fixture.folder,
    });
    await expect(applying).rejects.toMatchObject({ code: 'PATCH_OUTPUT_EXISTS' });
  });

  it('stops when its signal fires', async () => {
    await using fixture = await PatchFixture.open();
    const { old, bytes } = await makePair(fixture);
    const stop = new AbortController();
    const reason = new Error('stopped by the test');
    const applying = applyPatchToFolder({
      patch: await openBytes(bytes),
      oldRoot: old.root,
      outRoot: fixture.fresh('out'),
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    });
    await expect(applying).rejects.toBe(reason);
  });
});

describe('a damaged patch', () => {
  it('gives a typed error or the right tree, wherever a byte is flipped or the end is cut', async () => {
    await using fixture = await PatchFixture.open();
    const { old, next, bytes } = await makePair(fixture);
    const random = new SeededRandom(31);
    for (let run = 0; run < 25; run++) {
      const damagedBytes = damage(bytes, random);
      const outcome = await fixture.apply(damagedBytes, old.root).catch((error: unknown) => error);
      if (typeof outcome === 'string') expect(await compareTrees(next.root, outcome)).toEqual([]);
      else expect(outcome).toBeInstanceOf(AppError);
    }
  });

  it('gives a typed error for every damaged header', async () => {
    await using fixture = await PatchFixture.open();
    const { bytes } = await makePair(fixture);
    const headerBytes = PREAMBLE_BYTES + parsePreamble(bytes).headerPackedBytes;
    const random = new SeededRandom(32);
    const codes = new Set<string>();
    for (let run = 0; run < 1500; run++) {
      // Reserved bytes are the only ones that may be flipped into another valid header, and they are checked.
      const broken = Buffer.concat([
        damage(bytes.subarray(0, headerBytes), random),
        bytes.subarray(headerBytes),
      ]);
      const outcome = await openBytes(broken).catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(AppError);
      codes.add((outcome as AppError).code);
    }
    expect([...codes].sort()).toEqual(['PATCH_FORMAT_INVALID', 'PATCH_VERSION_UNSUPPORTED']);
  });

  it('gives a typed error or a consistent patch for every forged header', async () => {
    await using fixture = await PatchFixture.open();
    const { bytes } = await makePair(fixture);
    const { headerPackedBytes, headerRawBytes } = parsePreamble(bytes);
    const packed = bytes.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + headerPackedBytes);
    const body = decompressFrame(packed, { outputBytesMax: headerRawBytes, windowLogMax: 25 });
    const random = new SeededRandom(34);
    let refused = 0;
    for (let run = 0; run < 1500; run++) {
      const forged = compressFrame(damage(body, random), { level: 1, checksum: false });
      const preamble = {
        headerRawBytes: Math.max(body.length, 1),
        headerPackedBytes: forged.length,
        headerSha256: computeSha256(forged),
      };
      try {
        expect(countPlanned(parsePatchHeader(preamble, forged))).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'PATCH_FORMAT_INVALID' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(700);
  });

  it('gives a typed error or the right bytes for every damaged segment whose hash was made to fit', async () => {
    await using fixture = await PatchFixture.open();
    const { old, bytes } = await makePair(fixture);
    const { patch, readSegment } = await openBytes(bytes);
    const segment = patch.segments[0];
    if (segment === undefined) throw new Error('the patch has no segment');
    const body = Buffer.from(await readSegment(segment));
    const contents = await Promise.all(
      Array.from(patch.oldFiles, (file) => readFile(path.join(old.root, file.path))),
    );
    const decode = (compressed: Uint8Array, packedSha256 = segment.packedSha256) =>
      decodeSegment({
        segment: { ...segment, packedBytes: compressed.length, packedSha256 },
        compressed,
        addressMaps: new Map(),
        readOld: ({ oldFile, offset, length }, into) =>
          into.set((contents[oldFile] as Buffer).subarray(offset, offset + length)),
      });
    const right = Buffer.from(decode(body));
    const random = new SeededRandom(33);
    for (let run = 0; run < 400; run++) {
      const damagedBody = damage(body, random);
      try {
        expect(Buffer.compare(decode(damagedBody, computeSha256(damagedBody)), right)).toBe(0);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect((error as AppError).code).toMatch(/^PATCH_(SEGMENT_DAMAGED|RESULT_MISMATCH)$/);
      }
    }
  });
});

/** Flip a byte or cut the end; half of all damage falls into the first 200 bytes, where the structure is. */
function damage(bytes: Uint8Array, random: SeededRandom): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.below(random.below(2) === 0 ? Math.min(200, copy.length) : copy.length);
  if (random.below(5) === 0) return copy.subarray(0, at);
  copy[at] = (copy[at] as number) ^ (1 + random.below(255));
  return copy;
}

/** True when every file is made of exactly as many bytes as it has. */
function countPlanned(patch: Patch): boolean {
  const plans = planSegments(patch);
  return [...patch.entries].every((entry) => {
    const plan = entry.kind === 'file' ? plans.get(entry.path) : undefined;
    if (entry.kind !== 'file' || plan?.kind !== 'made') return true;
    return plan.pieces.reduce((sum, piece) => sum + piece.length, 0) === entry.sizeBytes;
  });
}
