import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { lstatSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { checkManifest } from '../formats/manifest-check.ts';
import type { Manifest, TreeEntry } from '../formats/manifest.ts';
import { Sha256Index } from '../formats/sha256-index.ts';
import { computeSha256, sha256At } from '../formats/sha256.ts';
import { evolveFakeBuild, makeFakeBuild, writeFakeBuild } from '../testing/trees/tree-builder.ts';
import { cutAll } from './chunker.ts';
import { toScanError } from './scan-errors.ts';
import { FileScanner } from './scan-file.ts';
import { NOWHERE } from './scan-gathering.ts';
import { type ScannedTree, type ScanProgress, scanTree } from './scan-tree.ts';
import { toStamp } from './file-stamp.ts';
import { walkTree } from './tree-walk.ts';

const SMALL = { minBytes: 1024, averageBytes: 4096, maxBytes: 16_384 };
let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'gantry-scan-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'ok';
}

function stampOf(absolute: string): ReturnType<typeof toStamp> {
  return toStamp(lstatSync(absolute, { bigint: true }));
}

function toManifest({ chunking, entries, chunks }: ScannedTree): Manifest {
  const nowhere = new Uint32Array(chunks.count);
  const placed = { ...chunks, pack: nowhere, offset: nowhere, packedBytes: nowhere };
  return { chunking, entries, chunks: placed, packs: [], launch: [], preserve: [] };
}

/** An entry with the hashes of its chunks, whatever their rows. */
function toPlain({ chunks }: { readonly chunks: { readonly sha256: Uint8Array } }) {
  return (entry: TreeEntry): object => {
    if (entry.kind !== 'file') return entry;
    const { kind, path: at, mode, sizeBytes, sha256 } = entry;
    const cut = Array.from(entry.chunks, (row) => sha256At(chunks.sha256, row));
    return { kind, path: at, mode, sizeBytes, sha256, cut };
  };
}

describe('scanTree', () => {
  it('describes every file, link and folder exactly', async () => {
    const build = makeFakeBuild({ seed: 1 });
    await writeFakeBuild(root, build);
    const tree = await scanTree({ root, chunking: SMALL });
    for (const [treePath, node] of build) {
      const entry = tree.entries.find((one) => one.path === treePath);
      if (node.kind === 'file') {
        const expected = { kind: 'file', path: treePath, mode: node.mode, sizeBytes: node.bytes.length };
        expect(entry).toMatchObject({ ...expected, sha256: computeSha256(node.bytes) });
      } else expect(entry).toEqual({ path: treePath, ...node });
    }
    expect(tree.entries.filter((entry) => entry.kind === 'directory').map((entry) => entry.path)).toContain(
      'mods/empty',
    );
  });

  it('lists what is in a folder where its path comes, not where its name does', async () => {
    const files = ['a/b/x', 'a/b-c', 'a/b.txt', 'a b', 'a-b/y', 'a.txt', 'a0', '\u{ffff}', '\u{10000}/z'];
    for (const file of files) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), file);
    }
    const entries = await walkTree({ root });
    expect(entries.filter(({ kind }) => kind === 'file').map((entry) => entry.path)).toEqual(
      files.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))),
    );
    const paths = entries.map((entry) => Buffer.from(entry.path));
    expect(paths.toSorted(Buffer.compare)).toEqual(paths);
  });

  it('says of every chunk where its bytes lie', async () => {
    const build = makeFakeBuild({ seed: 2 });
    await writeFakeBuild(root, build);
    const { chunks, entries } = await scanTree({ root, chunking: SMALL });
    for (let row = 0; row < chunks.count; row++) {
      const entry = entries[chunks.entry[row] as number];
      const node = build.get(entry?.path ?? '');
      if (node?.kind !== 'file') throw new Error('a chunk lies in no file');
      const offset = chunks.offset[row] as number;
      const bytes = node.bytes.subarray(offset, offset + (chunks.sizeBytes[row] as number));
      expect(computeSha256(bytes)).toBe(sha256At(chunks.sha256, row));
    }
  });

  it('cuts files larger than its buffer where the chunker cuts them whole', async () => {
    const build = makeFakeBuild({ seed: 3, packBytes: 11_000_000, assets: 3 });
    await writeFakeBuild(root, build);
    const { entries, chunks } = await scanTree({ root });
    const entry = entries.find((one) => one.path === 'data/big.pak');
    const node = build.get('data/big.pak');
    if (entry?.kind !== 'file' || node?.kind !== 'file') throw new Error('the pack is missing');
    const sizes = Array.from(entry.chunks, (row) => chunks.sizeBytes[row]);
    expect(sizes).toEqual(cutAll(node.bytes));
  });

  it('gives the same tree whatever the number of threads', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 4, assets: 200 }));
    const one = await scanTree({ root, chunking: SMALL, workers: 1 });
    expect(await scanTree({ root, chunking: SMALL, workers: 3 })).toEqual(one);
  });

  it('gives the entries and rows of the build it expects, wherever the folder has what that has', async () => {
    const first = makeFakeBuild({ seed: 6, assets: 60 });
    await writeFakeBuild(root, first);
    const expected = toManifest(await scanTree({ root, chunking: SMALL }));
    await rm(root, { recursive: true });
    await mkdir(root);
    await writeFakeBuild(root, evolveFakeBuild(first, 7));
    const plain = await scanTree({ root, chunking: SMALL });
    const shared = await scanTree({ root, chunking: SMALL, expected });
    expect(shared.entries.map(toPlain(shared))).toEqual(plain.entries.map(toPlain(plain)));
    const known = new Map(expected.entries.map((entry) => [entry.path, entry]));
    const same = shared.entries.filter((entry) => entry === known.get(entry.path));
    const alike = plain.entries.filter((entry) => {
      const other = known.get(entry.path);
      return other && isDeepStrictEqual(toPlain(plain)(entry), toPlain(expected)(other));
    });
    expect(same.map(({ path: at }) => at)).toEqual(alike.map(({ path: at }) => at));
    expect(same.length).toBeGreaterThan(20);
    expect(same.length).toBeLessThan(shared.entries.length);
    const { count, sha256 } = expected.chunks;
    expect(shared.chunks.sha256.subarray(0, sha256.length)).toEqual(sha256);
    expect(Sha256Index.of(shared.chunks.sha256).count).toBe(shared.chunks.count);
    expect(shared.chunks.count).toBeGreaterThan(count);
    const here = Array.from({ length: shared.chunks.count }, (_, row) => row).filter(
      (row) => shared.chunks.entry[row] !== NOWHERE,
    );
    expect(here.length).toBe(plain.chunks.count);
  });

  it('makes a manifest that checks, once its chunks are placed', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 5 }));
    const { entries, chunks, chunking } = await scanTree({ root, chunking: SMALL });
    const packs = Array.from({ length: chunks.count }, (_, row) => ({
      sha256: sha256At(chunks.sha256, row),
      sizeBytes: chunks.sizeBytes[row] as number,
    }));
    const placed = {
      ...chunks,
      pack: Uint32Array.from(packs, (_, row) => row),
      offset: new Uint32Array(chunks.count),
      packedBytes: chunks.sizeBytes,
    };
    checkManifest({ entries, chunking, chunks: placed, packs, launch: [], preserve: [] });
  });

  it('reports progress up to the last byte', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 6 }));
    const reports: ScanProgress[] = [];
    const { totalBytes } = await scanTree({ root, onProgress: (progress) => reports.push(progress) });
    expect(reports.at(-1)).toMatchObject({ bytesDone: totalBytes, bytesTotal: totalBytes });
  });

  it('stops when asked to', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 7, packBytes: 20_000_000 }));
    const stop = new AbortController();
    const scan = scanTree({ root, signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
    await expect(scan).rejects.toThrow('enough');
    await expect(scanTree({ root, signal: stop.signal })).rejects.toThrow('enough');
  });

  it('drops set-user-id bits', async () => {
    await writeFile(path.join(root, 'tool'), 'x');
    await chmod(path.join(root, 'tool'), 0o6755);
    expect((await scanTree({ root })).entries).toMatchObject([{ path: 'tool', mode: 0o755 }]);
  });

  it('leaves out what is ignored', async () => {
    await writeFakeBuild(root, makeFakeBuild({ seed: 8 }));
    await writeFile(path.join(root, 'crash.pdb'), 'symbols');
    const { entries } = await scanTree({ root, ignore: ['*.pdb', '/assets/', 'GAME'] });
    expect(entries.filter(({ path: one }) => one.startsWith('assets') || one.endsWith('.pdb'))).toEqual([]);
    const paths = entries.map((entry) => entry.path);
    expect(paths).toContain('data/big.pak');
    // Patterns mean the letter case they are written in, on every platform.
    expect(paths).toContain('game');
  });

  it('refuses what no build may hold, each with its code', async () => {
    const cases: readonly (readonly [string, string, () => Promise<unknown>])[] = [
      ['missing', 'SCAN_ROOT_MISSING', async () => {}],
      ['empty', 'SCAN_EMPTY_TREE', () => mkdir(path.join(root, 'empty/only/folders'), { recursive: true })],
      ['file', 'SCAN_ROOT_NOT_DIRECTORY', () => writeFile(path.join(root, 'file'), 'x')],
      [
        'case',
        'PATH_CASE_COLLISION',
        () => writeFakeBuild(path.join(root, 'case'), fileBuild('A.txt', 'a.TXT')),
      ],
      [
        'reserved',
        'PATH_RESERVED_NAME',
        () => writeFakeBuild(path.join(root, 'reserved'), fileBuild('aux.h')),
      ],
      [
        'long',
        'PATH_SEGMENT_TOO_LONG',
        () => writeFakeBuild(path.join(root, 'long'), fileBuild('n'.repeat(130))),
      ],
      ['colon', 'PATH_COLON', () => writeFakeBuild(path.join(root, 'colon'), fileBuild('a:b'))],
      ['backslash', 'PATH_BACKSLASH', () => writeFakeBuild(path.join(root, 'backslash'), fileBuild('..\\x'))],
      [
        'link',
        'LINK_LEAVES_TREE',
        () => mkdir(path.join(root, 'link')).then(() => symlink('../file', path.join(root, 'link/out'))),
      ],
      [
        'pipe',
        'SCAN_SPECIAL_FILE',
        async () => execFileSync('sh', ['-c', 'mkdir "$0" && mkfifo "$0/pipe"', path.join(root, 'pipe')]),
      ],
      [
        'bytes',
        'SCAN_NAME_NOT_TEXT',
        async () => {
          await mkdir(path.join(root, 'bytes'));
          writeFileSync(
            Buffer.concat([Buffer.from(path.join(root, 'bytes/')), Buffer.from([0x66, 0xff])]),
            'x',
          );
        },
      ],
    ];
    for (const [name, code, make] of cases) {
      await make();
      expect([name, await codeOf(() => scanTree({ root: path.join(root, name) }))]).toEqual([name, code]);
    }
  });
});

function fileBuild(
  ...names: readonly string[]
): Map<string, { kind: 'file'; bytes: Uint8Array; mode: number }> {
  return new Map(names.map((name) => [name, { kind: 'file', bytes: Buffer.from(name), mode: 0o644 }]));
}

describe('FileScanner', () => {
  async function fileToScan(
    bytes: Uint8Array,
  ): Promise<{ absolute: string; path: string; stamp: ReturnType<typeof toStamp> }> {
    const absolute = path.join(root, 'file');
    await writeFile(absolute, bytes);
    return { absolute, path: 'file', stamp: stampOf(absolute) };
  }

  it('finds a file that changed between being listed and being read', async () => {
    const file = await fileToScan(Buffer.alloc(1000));
    await writeFile(file.absolute, Buffer.alloc(1001));
    expect(await codeOf(() => new FileScanner(SMALL).scan(file))).toBe('SCAN_FILE_CHANGED');
  });

  it('finds a file that changes while it is read, in size or in place', async () => {
    for (const change of ['append', 'truncate', 'touch', 'overwrite']) {
      const file = await fileToScan(Buffer.alloc(10_000_000));
      let reads = 0;
      const scanner = new FileScanner(SMALL, () => {
        if (++reads === 2) changeFile(file.absolute, change);
      });
      expect([change, await codeOf(() => scanner.scan(file))]).toEqual([change, 'SCAN_FILE_CHANGED']);
    }
  });

  it('finds a file that was replaced or went away', async () => {
    const file = await fileToScan(Buffer.alloc(10));
    await rm(file.absolute);
    expect(await codeOf(() => new FileScanner(SMALL).scan(file))).toBe('SCAN_FILE_CHANGED');
    await writeFile(path.join(root, 'other'), Buffer.alloc(10));
    await symlink('other', file.absolute);
    expect(await codeOf(() => new FileScanner(SMALL).scan(file))).toBe('SCAN_FILE_CHANGED');
  });
});

function changeFile(absolute: string, change: string): void {
  const before = lstatSync(absolute);
  if (change === 'append') writeFileSync(absolute, 'x', { flag: 'a' });
  if (change === 'truncate') writeFileSync(absolute, 'x');
  if (change === 'overwrite') writeFileSync(absolute, Buffer.alloc(before.size, 1), { flag: 'r+' });
  if (change === 'touch') execFileSync('touch', [absolute]);
}

describe('unreadable entries', () => {
  it('become a typed error that names the cause', () => {
    const refused = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    expect(toScanError(refused, 'data/x')).toMatchObject({
      code: 'SCAN_UNREADABLE',
      details: { path: 'data/x', reason: 'EACCES' },
    });
  });

  it('are refused for real: a folder and a file without rights', async () => {
    const locked = path.join(root, 'locked');
    await writeFakeBuild(root, fileBuild('secret'));
    await mkdir(locked);
    await utimes(root, 0, 0);
    await chmod(root, 0o755);
    await chmod(path.join(root, 'secret'), 0);
    await chmod(locked, 0);
    const file = {
      absolute: path.join(root, 'secret'),
      path: 'secret',
      stamp: stampOf(path.join(root, 'secret')),
    };
    const codes = await asOrdinaryUser(async () => [
      await codeOf(() => walkTree({ root })),
      await codeOf(() => new FileScanner(SMALL).scan(file)),
    ]);
    expect(codes).toEqual(['SCAN_UNREADABLE', 'SCAN_UNREADABLE']);
  });
});

/** Root may read everything: give its rights up for a moment. */
async function asOrdinaryUser<T>(run: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}
