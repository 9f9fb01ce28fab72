import { collectChunkNeeds } from './chunk-needs.ts';
import type { ChunkSource } from './chunk-seeds.ts';
import type { StagedExtents } from './byte-intervals.ts';
import type { PatchCandidate, PlanInput, SegmentOutput } from './plan.ts';

interface ChoiceInput {
  readonly input: PlanInput;
  readonly patch: PatchCandidate;
  readonly seeds: ChunkSource | undefined;
  /** New files to be made. */
  readonly changed: readonly number[];
}

/**
 * Which changed files to make by patch. Files that share a segment are decided together, since the segment is
 * paid for once.
 * @returns Two sets worth costing exactly: every file the patch can make, and those it makes at fewer bytes.
 */
export function choosePatchedEntries({ input, patch, seeds, changed }: ChoiceInput): ReadonlySet<number>[] {
  const able = makeableEntries(patch, changed, input);
  const groups = groupBySegments(patch, able);
  const cheaper = new Set<number>();
  for (const group of groups) {
    const needs = collectChunkNeeds(input.next, group.entries, { staged: input.staged, seeds });
    const chunkBytes = needs.remote.reduce(
      (sum, row) => sum + (input.next.chunks.packedBytes[row] as number),
      0,
    );
    const patchBytes = segmentsFor(patch, new Set(group.entries), input.staged).reduce(
      (sum, index) => sum + costOf(patch, index),
      0,
    );
    if (patchBytes < chunkBytes) for (const entry of group.entries) cheaper.add(entry);
  }
  return [able, cheaper];
}

function costOf(patch: PatchCandidate, index: number): number {
  const segment = patch.segments[index];
  return segment === undefined || segment.fetched ? 0 : segment.sizeBytes;
}

/** Segments of a patch that make some byte of these files that is not staged yet, ascending. */
export function segmentsFor(
  patch: PatchCandidate,
  entries: ReadonlySet<number>,
  staged: StagedExtents,
): number[] {
  const wanted = ({ entry, offset, sizeBytes }: SegmentOutput): boolean => {
    if (!entries.has(entry)) return false;
    const have = staged.get(entry);
    return have !== 'complete' && have?.covers(offset, sizeBytes) !== true;
  };
  return patch.segments.flatMap((segment, index) => (segment.outputs.some(wanted) ? [index] : []));
}

/** Changed files all of whose bytes come from usable segments. */
function makeableEntries(
  patch: PatchCandidate,
  changed: readonly number[],
  { next }: PlanInput,
): Set<number> {
  const madeBytes = new Map<number, number>();
  for (const { usable, outputs } of patch.segments) {
    if (!usable) continue;
    for (const { entry, sizeBytes } of outputs) madeBytes.set(entry, (madeBytes.get(entry) ?? 0) + sizeBytes);
  }
  return new Set(
    changed.filter((entry) => {
      const file = next.entries[entry];
      return file?.kind === 'file' && file.sizeBytes > 0 && madeBytes.get(entry) === file.sizeBytes;
    }),
  );
}

function groupBySegments(patch: PatchCandidate, able: ReadonlySet<number>): { readonly entries: number[] }[] {
  const parent = new Map<number, number>();
  for (const entry of able) parent.set(entry, entry);
  const rootOf = (entry: number): number => {
    let at = entry;
    while (parent.get(at) !== at) at = parent.get(at) as number;
    parent.set(entry, at);
    return at;
  };
  for (const { outputs } of patch.segments) {
    const entries = outputs.map(({ entry }) => entry).filter((entry) => able.has(entry));
    for (const entry of entries.slice(1)) parent.set(rootOf(entry), rootOf(entries[0] as number));
  }
  const groups = new Map<number, number[]>();
  for (const entry of able) {
    const root = rootOf(entry);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [entry]);
    else group.push(entry);
  }
  return [...groups.values()].map((entries) => ({ entries }));
}
