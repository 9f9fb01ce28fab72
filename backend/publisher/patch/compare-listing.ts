import type { TreeEntry } from '../../../patcher/formats/manifest.ts';
import type { PatchEntry } from '../../../patcher/formats/patch.ts';

/** What is not as it should be of one path of a folder. */
export interface ListingDifference {
  readonly path: string;
  readonly difference:
    | 'missing'
    | 'not in the build'
    | 'another kind'
    | 'another size'
    | 'another mode'
    | 'another target';
}

/**
 * Compare a folder with a patch's listing of the new build, which has no hashes of files.
 * @returns In the order of the paths; none when at most contents differ.
 */
export function compareListing(
  expected: Iterable<PatchEntry>,
  found: readonly TreeEntry[],
): ListingDifference[] {
  const left = new Map(found.map((entry) => [entry.path, entry]));
  const differences: ListingDifference[] = [];
  for (const entry of expected) {
    const other = left.get(entry.path);
    left.delete(entry.path);
    const difference = compareEntry(entry, other);
    if (difference !== undefined) differences.push({ path: entry.path, difference });
  }
  for (const path of left.keys()) differences.push({ path, difference: 'not in the build' });
  return differences;
}

function compareEntry(
  expected: PatchEntry,
  found: TreeEntry | undefined,
): ListingDifference['difference'] | undefined {
  if (found === undefined) return 'missing';
  if (expected.kind === 'link') {
    if (found.kind !== 'link') return 'another kind';
    return found.target === expected.target ? undefined : 'another target';
  }
  if (expected.kind === 'file') {
    if (found.kind !== 'file') return 'another kind';
    if (found.sizeBytes !== expected.sizeBytes) return 'another size';
  } else if (found.kind !== 'directory') return 'another kind';
  return found.mode === expected.mode ? undefined : 'another mode';
}
