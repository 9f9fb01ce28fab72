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

it('makes nothing of files that players change, in whichever build they are theirs', () => {
  const old = treeOf({ 'config.ini': 1, 'game.pak': 2, 'saves/a.sav': 3 });
  const next = treeOf({ 'config.ini': 4, 'game.pak': 5, 'saves/a.sav': 3, 'z.pak': 6 });
  const preserve = ['config.ini', 'saves/**'];
  for (const effort of ['fast', 'default', 'max'] as const) {
    for (const [oldTree, newTree] of [
      [{ ...old, preserve }, next],
      [old, { ...next, preserve }],
    ] as const) {
      const plan = planPatch({ oldTree, newTree, effort });
      const read = plan.segments.flatMap(({ spans }) => spans);
      expect(read).toEqual([{ start: FILE_BYTES, length: FILE_BYTES }]);
      const namesakes = plan.segments.flatMap(({ task }) =>
        task.pieces.flatMap(({ path, namesake }) => (namesake === undefined ? [] : [path])),
      );
      expect(namesakes).toEqual(['game.pak']);
      // As a whole it is still had from the player's disk, where it is as it was.
      expect(plan.newSpace.entries[2]).toMatchObject({ origin: { kind: 'copy', oldFile: 2 } });
    }
  }
});

it('knows no copies of files that players change, where all cannot be indexed', () => {
  const oldTree = { ...treeOf({ 'config.ini': 1, 'game.pak': 2 }), preserve: ['config.ini'] };
  const newTree = treeOf({ 'bundle.pak': 1, 'game.pak': 3 });
  const big = (tree: PatchTree): PatchTree => ({
    ...tree,
    entries: tree.entries.map((entry) => ({ ...entry, sizeBytes: 100 * FILE_BYTES * 100 })) as FileEntry[],
    chunks: { ...tree.chunks, sizeBytes: tree.chunks.sizeBytes.map(() => 100 * FILE_BYTES * 100) },
  });
  // The same content under another name is another hash here, so that it has to be made.
  const renamed = big(newTree);
  const entries = renamed.entries.map((entry) =>
    entry.path === 'bundle.pak' ? { ...entry, sha256: '9'.repeat(64) as Sha256 } : entry,
  ) as FileEntry[];
  const options = { newTree: { ...renamed, entries }, memoryBudgetBytes: 16 * 2 ** 20 };
  const copied = (old: PatchTree) =>
    planPatch({ oldTree: old, ...options }).segments.flatMap(({ task }) => task.copies).length;
  expect(copied(big(treeOf({ 'config.ini': 1, 'game.pak': 2 })))).toBeGreaterThan(0);
  expect(copied(big(oldTree))).toBe(0);
});
