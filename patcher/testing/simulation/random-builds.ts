import type { SeededRandom } from '../random-bytes.ts';
import type { FakeBuild, FakeNode } from '../trees/tree-builder.ts';

const FOLDERS = ['', 'data', 'data/deep', 'bin', 'bin/x', 'art', 'a b', 'saves'] as const;
const NAMES = ['one', 'two', 'three', 'Four', 'fünf', 'six.pak', 'seven.so', 'eight'] as const;
const MODES = [0o644, 0o644, 0o644, 0o755, 0o600, 0o444] as const;
const SIZES = [0, 1, 100, 3000, 3000, 12_000, 40_000] as const;

/** A small build of any shape: files of few sizes in few folders, so that the next one meets it often. */
export function randomBuild(random: SeededRandom): Map<string, FakeNode> {
  const build = new Map<string, FakeNode>();
  const files = 2 + random.below(9);
  for (let file = 0; file < files; file++) addNode(build, random);
  return withAFile(build, random);
}

/** A build of folders and links alone is refused at push. */
function withAFile(build: Map<string, FakeNode>, random: SeededRandom): Map<string, FakeNode> {
  if (![...build.values()].some(({ kind }) => kind === 'file')) set(build, 'game', randomFile(random));
  return build;
}

/** The next version: some files changed, moved, swapped, gone, new, of another kind or mode. */
export function evolveRandomBuild(old: FakeBuild, random: SeededRandom): Map<string, FakeNode> {
  const build = new Map(old);
  const edits = 1 + random.below(7);
  for (let edit = 0; edit < edits; edit++) {
    const paths = [...build.keys()];
    const path = paths[random.below(paths.length)];
    const node = path === undefined ? undefined : build.get(path);
    if (path === undefined || node === undefined) addNode(build, random);
    else editNode(build, random, { path, node });
  }
  return withAFile(build, random);
}

function editNode(
  build: Map<string, FakeNode>,
  random: SeededRandom,
  { path, node }: { path: string; node: FakeNode },
): void {
  const edit = random.below(8);
  if (edit === 0) build.delete(path);
  else if (edit === 1) addNode(build, random);
  else if (edit === 2) moveNode(build, random, path);
  else if (edit === 3) swapNodes(build, random, path);
  else if (edit === 4 && node.kind === 'file') build.set(path, { ...node, mode: pick(MODES, random) });
  else if (edit === 5) {
    build.delete(path);
    set(build, `${path}/inner`, randomFile(random));
  } else if (node.kind === 'file') build.set(path, { ...node, bytes: editBytes(node.bytes, random) });
}

function addNode(build: Map<string, FakeNode>, random: SeededRandom): void {
  const folder = pick(FOLDERS, random);
  const path = folder === '' ? pick(NAMES, random) : `${folder}/${pick(NAMES, random)}`;
  const kind = random.below(12);
  if (kind === 0) set(build, path, { kind: 'link', target: pick(NAMES, random) });
  else if (kind === 1) set(build, path, { kind: 'directory', mode: random.below(3) === 0 ? 0o555 : 0o755 });
  else set(build, path, randomFile(random));
}

function randomFile(random: SeededRandom): FakeNode {
  const sizeBytes = pick(SIZES, random) + random.below(100);
  const bytes = random.below(2) === 0 ? random.bytes(sizeBytes) : random.text(sizeBytes);
  return { kind: 'file', bytes, mode: pick(MODES, random) };
}

function editBytes(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const at = random.below(bytes.length + 1);
  const inserted = random.bytes(1 + random.below(2000));
  const kept = random.below(2) === 0 ? at : Math.min(bytes.length, at + inserted.length);
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(kept)]);
}

function moveNode(build: Map<string, FakeNode>, random: SeededRandom, path: string): void {
  const node = build.get(path) as FakeNode;
  build.delete(path);
  set(build, `${pick(FOLDERS, random) || 'moved'}/${pick(NAMES, random)}`, node);
}

function swapNodes(build: Map<string, FakeNode>, random: SeededRandom, path: string): void {
  const paths = [...build.keys()];
  const other = paths[random.below(paths.length)] as string;
  const [here, there] = [build.get(path) as FakeNode, build.get(other) as FakeNode];
  if (here.kind !== 'file' || there.kind !== 'file') return;
  build.set(path, there).set(other, here);
}

/** Put a node at a path, and take away what cannot be beside it. */
function set(build: Map<string, FakeNode>, path: string, node: FakeNode): void {
  // What the player keeps would stand in the way of another kind of node for ever, as it should.
  if (path.startsWith('saves/') && (node.kind !== 'file' || path.split('/').length > 2)) return;
  for (const other of build.keys()) {
    const [folded, own] = [other.toLowerCase(), path.toLowerCase()];
    if (folded === own || folded.startsWith(`${own}/`)) build.delete(other);
    const above = build.get(other)?.kind !== 'directory' || folded === own;
    if (above && own.startsWith(`${folded}/`)) build.delete(other);
  }
  build.set(path, node);
}

function pick<T>(from: readonly T[], random: SeededRandom): T {
  return from[random.below(from.length)] as T;
}
