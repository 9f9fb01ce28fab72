import { readFile } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { buildManifest, type ManifestShape } from '../testing/builds/manifest-samples.ts';
import type { FileEntry, Manifest, Sha256 } from './manifest.ts';
import { manifestSha256, parseManifest, serializeManifest } from './manifest-format.ts';
import { DEFAULT_MANIFEST_LIMITS } from './manifest-limits.ts';
import { compressFrame } from './zstd-frame.ts';

const SAMPLE: ManifestShape = {
  files: [
    { path: 'bin/game', mode: 0o755, chunkSizes: [70_000, 100_000, 3] },
    { path: 'bin/game.cfg', mode: 0o644, chunkSizes: [12] },
    { path: 'data/empty', mode: 0o600, chunkSizes: [] },
    { path: 'data/Überraschung 🎁.pak', mode: 0o644, chunkSizes: [65_536, 65_536, 65_536, 9] },
  ],
  links: [{ path: 'run', target: 'bin/game' }],
  directories: ['data/saves'],
  packCount: 2,
};

function sample(): Manifest {
  return {
    ...buildManifest(SAMPLE),
    launch: [
      {
        name: 'Play',
        kind: 'executable',
        path: 'bin/game',
        arguments: ['--full', ''],
        workingDirectory: 'bin',
      },
      { name: 'Web', kind: 'web', path: 'bin/game.cfg', arguments: [], workingDirectory: '' },
    ],
    preserve: ['data/saves/**', '*.cfg'],
  };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'no error';
}

/** Change one file entry of the sample. */
function withFile(path: string, change: Partial<FileEntry>): Manifest {
  const manifest = sample();
  const entries = manifest.entries.map((entry) =>
    entry.path === path && entry.kind === 'file' ? { ...entry, ...change } : entry,
  );
  return { ...manifest, entries };
}

/** The sample with a body of other bytes behind a header that fits. */
function withBody(body: Uint8Array, stated = body.length): Uint8Array {
  const header = Buffer.from(serializeManifest(sample()).subarray(0, 16));
  header.writeUInt32LE(stated, 12);
  return Buffer.concat([header, compressFrame(body, { level: 3, checksum: true })]);
}

/** What a reader made of bytes, with every file as a plain object: read ones have some of their properties in the class. */
function read(bytes: Uint8Array): Manifest {
  const manifest = parseManifest(bytes);
  const entries = manifest.entries.map((entry) => {
    if (entry.kind !== 'file') return entry;
    const { kind, path, mode, sizeBytes, sha256, chunks } = entry;
    return { kind, path, mode, sizeBytes, sha256, chunks };
  });
  return { ...manifest, entries };
}

describe('manifest format', () => {
  it('reads back what it wrote', () => {
    expect(read(serializeManifest(sample()))).toEqual(sample());
  });

  it('reads back an empty tree', () => {
    const empty = buildManifest({ files: [] });
    expect(read(serializeManifest(empty))).toEqual(empty);
  });

  it('writes the same bytes for the same manifest', () => {
    expect(manifestSha256(serializeManifest(sample()))).toBe(manifestSha256(serializeManifest(sample())));
  });

  it('reads the golden file of version 1, and still writes its body', async () => {
    const golden = await readFile(new URL('testdata/manifest-v1.bin', import.meta.url));
    expect(read(golden)).toEqual(sample());
    // The body, not the frame: a newer zstd may compress it differently.
    const body = zstdDecompressSync(serializeManifest(sample()).subarray(16));
    expect(body.equals(zstdDecompressSync(golden.subarray(16)))).toBe(true);
  });

  it('reads back any manifest', () => {
    const name = fc.stringMatching(/^[a-zA-Zäß日🎁_-]{1,12}$/u).map((text) => `n${text}`);
    const file = fc.record({
      path: fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/')),
      mode: fc.integer({ min: 0, max: 0o777 }),
      chunkSizes: fc.array(fc.integer({ min: 1, max: 1_048_576 }), { maxLength: 6 }),
    });
    const shape = fc.record({
      // The first segment numbers the file, so that paths neither collide nor lie below each other.
      files: fc
        .array(file, { maxLength: 30 })
        .map((files) => files.map((one, at) => ({ ...one, path: `${at}/${one.path}` }))),
      packCount: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(shape, (invented) => {
        const manifest = buildManifest(invented);
        expect(read(serializeManifest(manifest))).toEqual(manifest);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('answers any changed byte with a typed error or the same manifest', () => {
    const bytes = serializeManifest(sample());
    const expected = sample();
    let refused = 0;
    for (let run = 0; run < 4000; run++) {
      const changed = Uint8Array.from(bytes);
      const at = run % bytes.length;
      changed[at] = (changed[at] as number) ^ (1 << (Math.floor(run / bytes.length) % 8));
      try {
        expect(read(changed)).toEqual(expected);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(3000);
  });

  it('answers a changed body behind a good checksum with a typed error or a manifest that checks', () => {
    const body = zstdDecompressSync(serializeManifest(sample()).subarray(16));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.nat(body.length),
        fc.boolean(),
        (changes, end, cut) => {
          const changed = Buffer.from(cut ? body.subarray(0, end) : body);
          for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
          const outcome = codeOf(() => serializeManifest(parseManifest(withBody(changed))));
          expect(outcome).toMatch(/^(no error|FORMAT_|PATH_|LINK_)/);
        },
      ),
      { numRuns: 3000, seed: 2 },
    );
  });

  it('answers every truncation with a typed error', () => {
    const bytes = serializeManifest(sample());
    for (let end = 0; end < bytes.length; end++) {
      expect(codeOf(() => parseManifest(bytes.subarray(0, end)))).toMatch(/^FORMAT_MANIFEST_/);
    }
  });

  it('says so when the version is newer than it knows', () => {
    const bytes = Uint8Array.from(serializeManifest(sample()));
    bytes[8] = 2;
    expect(codeOf(() => parseManifest(bytes))).toBe('FORMAT_MANIFEST_VERSION_UNSUPPORTED');
  });

  it('refuses other files', () => {
    expect(codeOf(() => parseManifest(Buffer.from('MZ, a program of some sort or other')))).toBe(
      'FORMAT_MANIFEST_NOT_A_MANIFEST',
    );
    expect(codeOf(() => parseManifest(new Uint8Array()))).toBe('FORMAT_MANIFEST_NOT_A_MANIFEST');
  });

  it('never decompresses more than the header states or the limits allow', () => {
    const bomb = withBody(Buffer.alloc(50_000_000), 1000);
    expect(codeOf(() => parseManifest(bomb))).toBe('FORMAT_MANIFEST_COMPRESSION');
    const limits = { ...DEFAULT_MANIFEST_LIMITS, bodyBytesMax: 10_000 };
    expect(codeOf(() => parseManifest(withBody(Buffer.alloc(50_000_000)), limits))).toBe(
      'FORMAT_MANIFEST_TOO_LARGE',
    );
  });

  it('refuses a body of very many small messages before it makes objects of them', () => {
    const launches = Buffer.alloc(2_000_000);
    for (let at = 0; at < launches.length; at += 2) launches[at] = 0x2a;
    expect(codeOf(() => parseManifest(withBody(launches)))).toBe('FORMAT_MANIFEST_MALFORMED');
  });

  it('refuses more entries, chunks or packs than the limits', () => {
    const bytes = serializeManifest(sample());
    for (const limit of ['entriesMax', 'chunksMax', 'chunkReferencesMax', 'packsMax'] as const) {
      expect(codeOf(() => parseManifest(bytes, { ...DEFAULT_MANIFEST_LIMITS, [limit]: 1 }))).toBe(
        'FORMAT_MANIFEST_TOO_LARGE',
      );
    }
  });

  it.each<[string, string, () => Manifest]>([
    [
      'a file whose chunks do not sum to its size',
      'FORMAT_MANIFEST_INVALID',
      () => withFile('bin/game', { sizeBytes: 5 }),
    ],
    [
      'a chunk that is not listed',
      'FORMAT_MANIFEST_INVALID',
      () => withFile('bin/game', { chunks: Uint32Array.of(0, 99) }),
    ],
    ['a mode with setuid', 'FORMAT_MANIFEST_INVALID', () => withFile('bin/game', { mode: 0o4755 })],
    [
      'a hash unlike its only chunk',
      'FORMAT_MANIFEST_INVALID',
      () => withFile('bin/game.cfg', { sha256: 'a'.repeat(64) as Sha256 }),
    ],
    ['a path that climbs', 'PATH_PARENT_SEGMENT', () => withFile('bin/game', { path: 'bin/../../game' })],
    [
      'entries out of order',
      'FORMAT_MANIFEST_INVALID',
      () => ({ ...sample(), entries: sample().entries.toReversed() }),
    ],
    [
      'a missing directory',
      'FORMAT_MANIFEST_INVALID',
      () => ({ ...sample(), entries: sample().entries.filter((entry) => entry.path !== 'bin') }),
    ],
    [
      'a link out of the tree',
      'LINK_LEAVES_TREE',
      () => ({
        ...sample(),
        entries: sample().entries.map((entry) =>
          entry.kind === 'link' ? { ...entry, target: '../x' } : entry,
        ),
      }),
    ],
    [
      'a chunk outside its pack',
      'FORMAT_MANIFEST_INVALID',
      () => ({ ...sample(), packs: sample().packs.map((pack) => ({ ...pack, sizeBytes: 10 })) }),
    ],
    [
      'a chunk in no pack',
      'FORMAT_MANIFEST_INVALID',
      () => ({ ...sample(), packs: sample().packs.slice(0, 1) }),
    ],
    [
      'a chunk listed twice',
      'FORMAT_MANIFEST_INVALID',
      () => ({
        ...sample(),
        chunks: { ...sample().chunks, sha256: new Uint8Array(sample().chunks.count * 32) },
      }),
    ],
    [
      'a launch target that names nothing',
      'FORMAT_MANIFEST_INVALID',
      () => ({
        ...sample(),
        launch: [{ name: 'x', kind: 'executable', path: 'nothing', arguments: [], workingDirectory: '' }],
      }),
    ],
    [
      'a preserve pattern that climbs',
      'FORMAT_MANIFEST_INVALID',
      () => ({ ...sample(), preserve: ['../*'] }),
    ],
    [
      'chunk sizes out of order',
      'FORMAT_MANIFEST_INVALID',
      () => ({ ...sample(), chunking: { minBytes: 100, averageBytes: 64, maxBytes: 200 } }),
    ],
  ])('refuses to write %s', (_case, code, make) => {
    expect(codeOf(() => serializeManifest(make()))).toBe(code);
  });

  it('stays small: 20,000 files and 100,000 chunks take little more than their hashes', () => {
    const files = Array.from({ length: 20_000 }, (_, at) => ({
      path: `assets/world-${at % 40}/texture-${at}.ktx2`,
      mode: 0o644,
      chunkSizes: [200_000, 300_000, 262_144, 250_000, 70_000].map((size) => size + (at % 977)),
    }));
    const bytes = serializeManifest(buildManifest({ files, packCount: 400 }));
    const hashBytes = 120_000 * 32;
    expect(bytes.length).toBeLessThan(hashBytes * 1.15);
    expect(parseManifest(bytes).chunks.count).toBe(100_000);
  });
});
