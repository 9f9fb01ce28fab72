import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SeededRandom } from '../random-bytes.ts';

/** One node of a fake build, in memory. */
export type FakeNode =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'directory'; readonly mode: number };

/** A fake build by tree path. Directories that hold something need no node of their own. */
export type FakeBuild = ReadonlyMap<string, FakeNode>;

export interface FakeBuildOptions {
  readonly seed: number;
  /** Size of the big pack file; the other files are small beside it. */
  readonly packBytes?: number;
  /** Number of small assets. */
  readonly assets?: number;
}

/** Invent a build with files of all shapes: empty, tiny, large, executable, links, empty folders, names of many scripts. */
export function makeFakeBuild({
  seed,
  packBytes = 3_000_000,
  assets = 40,
}: FakeBuildOptions): Map<string, FakeNode> {
  const random = new SeededRandom(seed);
  const build = new Map<string, FakeNode>([
    ['game', { kind: 'file', bytes: random.text(400_000), mode: 0o755 }],
    ['run', { kind: 'link', target: 'game' }],
    ['lib/current', { kind: 'link', target: '1.0' }],
    ['lib/1.0/engine.so', { kind: 'file', bytes: random.text(900_000), mode: 0o755 }],
    ['lib/1.0/up', { kind: 'link', target: '../../game' }],
    ['data/big.pak', { kind: 'file', bytes: makePack(random, packBytes), mode: 0o644 }],
    ['data/empty.dat', { kind: 'file', bytes: new Uint8Array(), mode: 0o644 }],
    ['data/one-byte', { kind: 'file', bytes: Uint8Array.of(7), mode: 0o600 }],
    ['data/zeros.bin', { kind: 'file', bytes: new Uint8Array(700_000), mode: 0o644 }],
    ['data/Zürich/日本語 🎁.txt', { kind: 'file', bytes: random.text(3000), mode: 0o644 }],
    ['data/saves', { kind: 'directory', mode: 0o755 }],
    ['data/swap/left.bin', { kind: 'file', bytes: random.text(50_000), mode: 0o644 }],
    ['data/swap/right.bin', { kind: 'file', bytes: random.text(60_000), mode: 0o644 }],
    ['kinds/file-to-folder', { kind: 'file', bytes: random.text(2000), mode: 0o644 }],
    ['kinds/folder-to-file/inner.bin', { kind: 'file', bytes: random.text(2000), mode: 0o644 }],
    ['kinds/file-to-link', { kind: 'file', bytes: random.text(500), mode: 0o644 }],
    ['kinds/link-to-file', { kind: 'link', target: 'file-to-link' }],
    ['mods/empty/inner', { kind: 'directory', mode: 0o700 }],
    ['read only.txt', { kind: 'file', bytes: random.text(100), mode: 0o444 }],
  ]);
  for (let asset = 0; asset < assets; asset++) {
    const bytes = asset % 3 === 0 ? random.bytes(random.below(20_000)) : random.text(random.below(60_000));
    build.set(`assets/group-${asset % 5}/asset-${asset}.bin`, { kind: 'file', bytes, mode: 0o644 });
  }
  return build;
}

/**
 * The next version of a fake build, changed as real updates change: code with bytes inserted and addresses
 * shifted, the pack re-ordered with an insertion, assets replaced, a file moved, two that changed places, one added,
 * one removed, a name whose letter case changed, a mode, a link and a folder changed, and paths that became another
 * kind.
 */
export function evolveFakeBuild(old: FakeBuild, seed: number): Map<string, FakeNode> {
  const random = new SeededRandom(seed);
  const build = new Map(old);
  changeFile(build, 'game', (bytes) => insertBytes(bytes, random.below(bytes.length), random.bytes(37)));
  changeFile(build, 'lib/1.0/engine.so', (bytes) => shiftAddresses(bytes, random));
  changeFile(build, 'data/big.pak', (bytes) => reorderPack(bytes, random));
  changeFile(build, 'assets/group-0/asset-0.bin', () => random.bytes(25_000));
  moveNode(build, 'assets/group-1/asset-1.bin', 'assets/moved/asset-one.bin');
  build.delete('assets/group-2/asset-2.bin');
  build.set(`assets/new-${random.below(1000)}.bin`, {
    kind: 'file',
    bytes: random.text(30_000),
    mode: 0o644,
  });
  build.set('data/one-byte', { kind: 'file', bytes: Uint8Array.of(8), mode: 0o640 });
  build.set('run', { kind: 'link', target: 'lib/1.0/engine.so' });
  build.delete('mods/empty/inner');
  moveNode(build, 'data/swap/left.bin', 'data/swap/kept.bin');
  moveNode(build, 'data/swap/right.bin', 'data/swap/left.bin');
  moveNode(build, 'data/swap/kept.bin', 'data/swap/right.bin');
  moveNode(build, 'read only.txt', 'Read Only.txt');
  moveNode(build, 'kinds/file-to-folder', 'kinds/file-to-folder/inner.bin');
  moveNode(build, 'kinds/folder-to-file/inner.bin', 'kinds/folder-to-file');
  build.set('kinds/link-to-file', { kind: 'file', bytes: random.text(900), mode: 0o755 });
  build.set('kinds/file-to-link', { kind: 'link', target: '../game' });
  build.set('mods/fresh', { kind: 'directory', mode: 0o755 });
  return build;
}

/** Write a fake build into a folder, which is created and should be empty. */
export async function writeFakeBuild(root: string, build: FakeBuild): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [treePath, node] of build) {
    const absolute = path.join(root, treePath);
    await mkdir(path.dirname(absolute), { recursive: true });
    await writeNode(absolute, node);
  }
}

async function writeNode(absolute: string, node: FakeNode): Promise<void> {
  if (node.kind === 'link') return symlink(node.target, absolute);
  if (node.kind === 'file') await writeFile(absolute, node.bytes);
  else await mkdir(absolute, { recursive: true });
  // The process's umask took bits away.
  await chmod(absolute, node.mode);
}

function makePack(random: SeededRandom, length: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let size = 0, part = 0; size < length; part++) {
    const bytes = part % 2 === 0 ? random.bytes(100_000) : random.text(150_000);
    parts.push(bytes.subarray(0, length - size));
    size += bytes.length;
  }
  return Buffer.concat(parts);
}

/** Three parts in another order, with something new between two of them. */
function reorderPack(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const first = Math.floor(bytes.length / 5);
  const second = Math.floor(bytes.length / 2);
  return Buffer.concat([
    bytes.subarray(0, first),
    bytes.subarray(second),
    random.text(70_000),
    bytes.subarray(first, second),
  ]);
}

/** Add a constant to a word every few dozen bytes, as a linker does after an insertion. */
function shiftAddresses(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const shifted = Buffer.from(bytes);
  for (let at = 40; at + 4 <= shifted.length; at += 24 + random.below(40)) {
    shifted.writeUInt32LE((shifted.readUInt32LE(at) + 0x140) >>> 0, at);
  }
  return shifted;
}

function insertBytes(bytes: Uint8Array, at: number, inserted: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}

function changeFile(
  build: Map<string, FakeNode>,
  treePath: string,
  change: (bytes: Uint8Array) => Uint8Array,
): void {
  const node = build.get(treePath);
  if (node?.kind !== 'file') throw new Error(`the fake build has no file ${treePath}`);
  build.set(treePath, { ...node, bytes: change(node.bytes) });
}

function moveNode(build: Map<string, FakeNode>, from: string, to: string): void {
  const node = build.get(from);
  if (node === undefined) throw new Error(`the fake build has no ${from}`);
  build.delete(from);
  build.set(to, node);
}
