import { expect, it } from 'vitest';
import type { FileEntry, Sha256 } from '../../formats/manifest.ts';
import type { Effort } from '../effort.ts';
import type { PatchTree } from './new-space.ts';
import { countSpanBytes } from './old-space.ts';
import { planPatch } from './plan-patch.ts';

const FILE_BYTES = 100_000;

/** A tree of files of one chunk each: the number is their content. */
function treeOf(contents: Readonly<Record<string, number>>): PatchTree {
  const files = Object.entries(contents).sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = files.map(
    ([path, content], row): FileEntry => ({
      kind: 'file',
      path,
      mode: 0o644,
      sizeBytes: FILE_BYTES,
      sha256: String(content).repeat(64) as Sha256,
      chunks: Uint32Array.of(row),
    }),
  );
  const sha256 = Buffer.concat(files.map(([, content]) => Buffer.alloc(32, content)));
  return {
    entries,
    chunks: { count: files.length, sha256, sizeBytes: new Uint32Array(files.length).fill(FILE_BYTES) },
  };
}

/** How many old files an index holds. */
function countIndexed(old: PatchTree, fresh: PatchTree, effort: Effort): number {
  const { segments } = planPatch({ oldTree: old, newTree: fresh, effort });
  return countSpanBytes(segments[0]?.spans ?? []) / FILE_BYTES;
}

it('indexes unchanged files for such as have no old file of their path; at effort max for all', () => {
  const old = treeOf({ 'a.png': 1, 'b.png': 2, 'c.png': 3 });
  const changed = treeOf({ 'a.png': 4, 'b.png': 2, 'c.png': 3 });
  const added = treeOf({ 'a.png': 1, 'b.png': 2, 'c.png': 3, 'd.png': 4 });
  for (const effort of ['fast', 'default'] as const) {
    expect(countIndexed(old, changed, effort)).toBe(1);
    expect(countIndexed(old, added, effort)).toBe(3);
  }
  expect(countIndexed(old, changed, 'max')).toBe(3);
  expect(countIndexed(old, added, 'max')).toBe(3);
});
