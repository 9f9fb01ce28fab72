import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../formats/manifest.ts';
import { sha256At } from '../../formats/sha256.ts';
import { buildManifest } from '../../testing/builds/manifest-samples.ts';
import { PieceTasks } from './piece-tasks.ts';
import { LOOK_KINDS } from './tree-looks.ts';

/** Every chunk that tasks ask for, as `path offset size hash`, and every path looked at. */
function askedFor(manifest: Manifest): { chunks: string[]; paths: Set<string>; largestBytes: number } {
  const tasks = new PieceTasks('/game', manifest);
  const chunks: string[] = [];
  const paths = new Set<string>();
  let largestBytes = 0;
  for (let task = 0; task < tasks.count; task++) {
    const { paths: rows, offsets, kinds, chunkCounts, chunkBytes, sha256 } = tasks.make(task);
    let at = 0;
    rows.forEach((path, row) => {
      const entry = manifest.entries[tasks.firstEntry(task) + row];
      expect([path, kinds[row]]).toEqual([entry?.path, LOOK_KINDS[entry?.kind ?? 'nothing']]);
      paths.add(path);
      let offset = offsets[row] as number;
      for (let left = chunkCounts[row] as number; left > 0; left--) {
        chunks.push(`${path} ${offset} ${chunkBytes[at]} ${sha256At(sha256, at)}`);
        offset += chunkBytes[at++] as number;
      }
    });
    largestBytes = Math.max(
      largestBytes,
      chunkBytes.reduce((sum, size) => sum + size, 0),
    );
  }
  return { chunks, paths, largestBytes };
}

function allChunks({ entries, chunks }: Manifest): string[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== 'file') return [];
    let offset = 0;
    return Array.from(entry.chunks, (row) => {
      const begin = offset;
      offset += chunks.sizeBytes[row] as number;
      return `${entry.path} ${begin} ${chunks.sizeBytes[row]} ${sha256At(chunks.sha256, row)}`;
    });
  });
}

describe('PieceTasks', () => {
  test('ask for each chunk of each file once, at its place, in tasks of bounded size', () => {
    const sizes = fc.oneof(
      fc.array(fc.integer({ min: 1, max: 1_048_576 }), { maxLength: 3 }),
      fc.array(fc.integer({ min: 900_000, max: 1_048_576 }), { maxLength: 40 }),
    );
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 30 }), (files) => {
        const manifest = buildManifest({
          files: files.map((chunkSizes, at) => ({ path: `d${at % 3}/f${at}`, mode: 0o644, chunkSizes })),
          links: [{ path: 'run', target: 'd0' }],
        });
        const asked = askedFor(manifest);
        expect(asked.chunks).toEqual(allChunks(manifest));
        expect([...asked.paths]).toEqual(manifest.entries.map(({ path }) => path));
        expect(asked.largestBytes).toBeLessThanOrEqual(8 * 2 ** 20);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test('are few where files are small', () => {
    const files = Array.from({ length: 2000 }, (_, at) => ({ path: `f${at}`, mode: 0o644, chunkSizes: [9] }));
    expect(new PieceTasks('/game', buildManifest({ files })).count).toBe(8);
    expect(new PieceTasks('/game', buildManifest({ files: [] })).count).toBe(0);
  });
});
