import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FileEntry, Manifest } from '../../formats/manifest.ts';
import { computeSha256Bytes, equalSha256, sha256BytesAt } from '../../formats/sha256.ts';
import { ByteIntervals } from '../../plan/byte-intervals.ts';
import { forEachChunk } from '../../plan/installed-tree.ts';
import { scanTree } from '../../scan/scan-tree.ts';
import { SMALL_CHUNKS } from '../../testing/builds/published-game.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import { removeTree } from '../../testing/trees/remove-tree.ts';
import { makeFakeBuild, writeFakeBuild } from '../../testing/trees/tree-builder.ts';
import { SafeTree } from '../disk/safe-tree.ts';
import { type Damage, type VerifyOptions, verifyTree } from './verify-tree.ts';

let scratch: string;
let root: string;
let manifest: Manifest;

beforeEach(async () => {
  scratch = await realpath(await mkdtemp(path.join(tmpdir(), 'gantry-verify-')));
  root = path.join(scratch, 'game');
  await writeFakeBuild(root, makeFakeBuild({ seed: 3, packBytes: 400_000, assets: 25 }));
  manifest = await manifestOf(root);
});
afterEach(() => removeTree(scratch));

async function manifestOf(folder: string): Promise<Manifest> {
  const { chunking, entries, chunks } = await scanTree({ root: folder, chunking: SMALL_CHUNKS, workers: 1 });
  const nowhere = new Uint32Array(chunks.count);
  const table = { ...chunks, pack: nowhere, offset: nowhere, packedBytes: nowhere };
  return { chunking, entries, chunks: table, packs: [], launch: [], preserve: [] };
}

function verify(options: Partial<VerifyOptions> = {}) {
  return verifyTree(new SafeTree(root), manifest, { isPreserved: () => false, threads: 2, ...options });
}

/** What is wrong with the bytes of a file, found out in another way. */
async function wrongBytes(file: FileEntry): Promise<Damage[]> {
  const bytes = await readFile(path.join(root, file.path));
  const wrong = new ByteIntervals();
  forEachChunk(manifest, file, (row, offset, sizeBytes) => {
    const hash = computeSha256Bytes(bytes.subarray(offset, offset + sizeBytes));
    if (!equalSha256(hash, sha256BytesAt(manifest.chunks.sha256, row))) wrong.add(offset, sizeBytes);
  });
  const ranges = [...wrong.ranges()].map(
    ([offset, sizeBytes]): Damage => ({ kind: 'range', path: file.path, offset, sizeBytes }),
  );
  if (bytes.length <= file.sizeBytes) return ranges;
  const { path: treePath, sizeBytes } = file;
  return [...ranges, { kind: 'too-long', path: treePath, sizeBytes, actualBytes: bytes.length }];
}

type Harm = (file: FileEntry, absolute: string, random: SeededRandom) => Promise<Damage[]>;

const HARMS: readonly Harm[] = [
  async (file, absolute, random) => {
    const bytes = await readFile(absolute);
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    await writeFile(absolute, bytes);
    return wrongBytes(file);
  },
  async (file, absolute, random) => {
    await truncate(absolute, random.below(file.sizeBytes));
    return wrongBytes(file);
  },
  async (file, absolute, random) => {
    await appendFile(absolute, random.bytes(1 + random.below(9000)));
    return wrongBytes(file);
  },
  async ({ path: treePath, mode }, absolute) => {
    await chmod(absolute, mode ^ 0o010);
    return [{ kind: 'mode', path: treePath, mode, actual: mode ^ 0o010 }];
  },
  async ({ path: treePath }, absolute) => {
    await rm(absolute);
    return [{ kind: 'missing', path: treePath }];
  },
  async ({ path: treePath }, absolute) => {
    await rename(absolute, path.join(scratch, 'moved'));
    await symlink(path.join(scratch, 'moved'), absolute);
    return [{ kind: 'missing', path: treePath }];
  },
  async ({ path: treePath }, absolute) => {
    await rm(absolute);
    await mkdir(absolute);
    return [{ kind: 'missing', path: treePath }];
  },
  async (file, absolute) => {
    // Another file's bytes: the swap of two files is this, twice.
    const other = manifest.entries.find(
      (entry) => entry.kind === 'file' && entry.sizeBytes > 0 && entry.sha256 !== file.sha256,
    ) as FileEntry;
    await copyFile(path.join(root, other.path), absolute);
    await chmod(absolute, file.mode);
    return wrongBytes(file);
  },
];

describe('verifyTree', () => {
  test('finds nothing wrong with a sound tree, and reads each byte once', async () => {
    let bytes = 0;
    const { report, installed } = await verify({ onBytes: (more) => (bytes += more) });
    const files = manifest.entries.filter((entry): entry is FileEntry => entry.kind === 'file');
    const sum = files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
    expect(report).toEqual({ files: files.length, bytes: sum, damage: [], unknown: [] });
    expect(bytes).toBe(sum);
    expect(new Set(installed.states)).toEqual(new Set(['present']));
  });

  test.each([1, 2, 3, 4, 5])('names random damage, all of it and nothing else (seed %i)', async (seed) => {
    const random = new SeededRandom(seed);
    const expected = new Map<string, Damage[]>();
    const files = manifest.entries.filter(
      (entry): entry is FileEntry => entry.kind === 'file' && entry.sizeBytes > 1 && entry.mode !== 0o444,
    );
    // Backwards, so that a file others are overwritten with is still itself.
    for (const file of files.toReversed()) {
      if (random.below(2) === 0) continue;
      const harm = HARMS[random.below(HARMS.length)] as Harm;
      const damage = await harm(file, path.join(root, file.path), random);
      if (damage.length > 0) expected.set(file.path, damage);
    }
    expect(expected.size).toBeGreaterThan(5);
    const { report, installed } = await verify();
    expect(report.damage).toEqual(manifest.entries.flatMap((entry) => expected.get(entry.path) ?? []));
    manifest.entries.forEach((entry, index) => {
      const kinds = (expected.get(entry.path) ?? []).map(({ kind }) => kind);
      const absent = kinds.includes('missing');
      const damaged = kinds.includes('range') || kinds.includes('too-long');
      expect([entry.path, installed.states[index]]).toEqual([
        entry.path,
        absent ? 'absent' : damaged ? 'damaged' : 'present',
      ]);
    });
  });

  test('follows no link in the place of a folder, though the right files lie behind it', async () => {
    await rename(path.join(root, 'data'), path.join(scratch, 'elsewhere'));
    await symlink(path.join(scratch, 'elsewhere'), path.join(root, 'data'));
    const { report } = await verify();
    const inside = manifest.entries.filter(({ path: at }) => at === 'data' || at.startsWith('data/'));
    expect(report.damage).toEqual(inside.map(({ path: at }) => ({ kind: 'missing', path: at })));
  });

  test('sees links and folders that are other ones', async () => {
    await rm(path.join(root, 'run'));
    await symlink('lib', path.join(root, 'run'));
    await chmod(path.join(root, 'data/saves'), 0o700);
    await rm(path.join(root, 'mods/empty/inner'), { recursive: true });
    await rm(path.join(root, 'lib/current'));
    await writeFile(path.join(root, 'lib/current'), '1.0');
    const { report } = await verify();
    expect(report.damage).toEqual([
      { kind: 'mode', path: 'data/saves', mode: 0o755, actual: 0o700 },
      { kind: 'missing', path: 'lib/current' },
      { kind: 'missing', path: 'mods/empty/inner' },
      { kind: 'link', path: 'run', target: 'game', actual: 'lib' },
    ]);
  });

  test.skipIf(process.platform === 'win32')('does not wait at a pipe in the place of a file', async () => {
    await rm(path.join(root, 'game'));
    execFileSync('mkfifo', [path.join(root, 'game')]);
    const { report } = await verify();
    expect(report.damage).toEqual([{ kind: 'missing', path: 'game' }]);
  });

  test('calls what the build does not know unknown, whole folders by their name alone', async () => {
    await mkdir(path.join(root, 'mods/mine/deep'), { recursive: true });
    await writeFile(path.join(root, 'mods/mine/deep/file'), 'mine');
    await writeFile(path.join(root, 'data/saves/one.sav'), 'mine');
    const { report } = await verify();
    expect(report).toMatchObject({ damage: [], unknown: ['data/saves/one.sav', 'mods/mine'] });
  });

  test('takes the content of the player’s own files as it is', async () => {
    await writeFile(path.join(root, 'game'), 'settings');
    const { report } = await verify({ isPreserved: (treePath) => treePath === 'game' });
    expect(report.damage).toEqual([]);
  });
});
