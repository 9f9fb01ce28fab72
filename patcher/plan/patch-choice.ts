import { collectChunkNeeds } from './chunk-needs.ts';
import { isPause, type Slices } from '../threads/slices.ts';
import type { ChunkSource } from './chunk-seeds.ts';
import type { StagedExtents } from './byte-intervals.ts';
import type { BetweenSegment, PatchCandidate, PlanInput, SegmentOutput, SegmentSummary } from './plan.ts';

interface ChoiceInput {
  readonly input: PlanInput;
  readonly patch: PatchCandidate;
  readonly seeds: ChunkSource | undefined;
  /** New files to be made. */
  readonly changed: readonly number[];
}

/** Files that share a segment, and what making them by patch and by chunks costs. */
interface Group {
  readonly entries: readonly number[];
  /** Of the last patch. */
  readonly segmentBytes: number;
  /** Segments of earlier patches; other groups may need them too. */
  readonly needs: readonly number[];
  readonly chunkBytes: number;
}

/**
 * Which changed files to make by patch. Files that share a segment are decided together, since the segment is
 * paid for once.
 * @returns Sets worth costing exactly: every file the patch can make; those that are cheaper even where each pays
 *   alone for what a chain makes on its way; and what is left when those go whose going saves bytes.
 */
export function* choosePatchedEntries({
  input,
  patch,
  seeds,
  changed,
}: ChoiceInput): Slices<ReadonlySet<number>[]> {
  const able = yield* makeableEntries(patch, changed, input);
  const makers = yield* indexMakers(patch);
  const groups: Group[] = [];
  for (const entries of yield* groupBySegments(patch, able)) {
    if (isPause(groups.length)) yield;
    const among = [...new Set(entries.flatMap((entry) => makers.get(entry) ?? []))].sort((a, b) => a - b);
    const { segments, between } = segmentsFor(patch, new Set(entries), input.staged, among);
    const needs = yield* collectChunkNeeds(input.next, entries, { staged: input.staged, seeds });
    groups.push({
      entries,
      segmentBytes: segments.reduce((sum, index) => sum + fetchedBytes(patch.segments[index]), 0),
      needs: between,
      chunkBytes: needs.remote.reduce((sum, row) => sum + (input.next.chunks.packedBytes[row] as number), 0),
    });
  }
  const betweenBytes = (index: number) => fetchedBytes(patch.between?.[index]);
  const alone = groups.filter(({ segmentBytes, needs, chunkBytes }) => {
    return segmentBytes + needs.reduce((sum, index) => sum + betweenBytes(index), 0) < chunkBytes;
  });
  return [able, toEntries(alone), toEntries(dropCostly(groups, betweenBytes))];
}

function toEntries(groups: readonly Group[]): Set<number> {
  return new Set(groups.flatMap(({ entries }) => entries));
}

/** Take groups out, each of which then costs less by chunks, until none is left to take out. */
function dropCostly(groups: readonly Group[], betweenBytes: (index: number) => number): Group[] {
  const users = new Map<number, number>();
  for (const { needs } of groups) for (const index of needs) users.set(index, (users.get(index) ?? 0) + 1);
  let kept = [...groups];
  for (;;) {
    const isCostly = ({ segmentBytes, needs, chunkBytes }: Group) => {
      const own = needs.filter((index) => users.get(index) === 1);
      return segmentBytes + own.reduce((sum, index) => sum + betweenBytes(index), 0) >= chunkBytes;
    };
    const costly = new Set(kept.filter(isCostly));
    if (costly.size === 0) return kept;
    for (const { needs } of costly) for (const index of needs) users.set(index, (users.get(index) ?? 1) - 1);
    kept = kept.filter((group) => !costly.has(group));
  }
}

/** What still has to be fetched of a segment. */
function fetchedBytes(segment: SegmentSummary | BetweenSegment | undefined): number {
  if (segment === undefined || segment.fetched) return 0;
  return 'isMade' in segment && segment.isMade ? 0 : segment.sizeBytes;
}

/** New entry → the segments that make some of it. */
function* indexMakers({ segments }: PatchCandidate): Slices<Map<number, number[]>> {
  const makers = new Map<number, number[]>();
  let looked = 0;
  for (const [index, { outputs }] of segments.entries()) {
    for (const { entry } of outputs) {
      if (isPause(looked++)) yield;
      const known = makers.get(entry);
      if (known === undefined) makers.set(entry, [index]);
      else if (known.at(-1) !== index) known.push(index);
    }
  }
  return makers;
}

/**
 * Segments of a patch that make some byte of these files that is not staged yet, and those they need, ascending.
 * @param among Segments to look at, ascending; all unless told.
 */
export function segmentsFor(
  patch: PatchCandidate,
  entries: ReadonlySet<number>,
  staged: StagedExtents,
  among: Iterable<number> = patch.segments.keys(),
): { readonly segments: number[]; readonly between: number[] } {
  const wanted = ({ entry, offset, sizeBytes }: SegmentOutput): boolean => {
    if (!entries.has(entry)) return false;
    const have = staged.get(entry);
    return have !== 'complete' && have?.covers(offset, sizeBytes) !== true;
  };
  const segments = [...among].filter((index) => patch.segments[index]?.outputs.some(wanted) === true);
  const between = new Set(segments.flatMap((index) => patch.segments[index]?.needs ?? []));
  return { segments, between: [...between].sort((a, b) => a - b) };
}

/** Changed files all of whose bytes come from usable segments. */
function* makeableEntries(
  patch: PatchCandidate,
  changed: readonly number[],
  { next }: PlanInput,
): Slices<Set<number>> {
  const madeBytes = new Map<number, number>();
  let looked = 0;
  for (const { usable, outputs } of patch.segments) {
    if (!usable) continue;
    for (const { entry, sizeBytes } of outputs) {
      if (isPause(looked++)) yield;
      madeBytes.set(entry, (madeBytes.get(entry) ?? 0) + sizeBytes);
    }
  }
  const able = new Set<number>();
  for (const entry of changed) {
    if (isPause(looked++)) yield;
    const file = next.entries[entry];
    if (file?.kind === 'file' && file.sizeBytes > 0 && madeBytes.get(entry) === file.sizeBytes)
      able.add(entry);
  }
  return able;
}

/** Files that share a segment, directly or through others, in groups. */
function* groupBySegments(patch: PatchCandidate, able: ReadonlySet<number>): Slices<number[][]> {
  const parent = new Map<number, number>();
  for (const entry of able) parent.set(entry, entry);
  const rootOf = (entry: number): number => {
    let at = entry;
    while (parent.get(at) !== at) at = parent.get(at) as number;
    parent.set(entry, at);
    return at;
  };
  let looked = 0;
  for (const { outputs } of patch.segments) {
    const entries = outputs.map(({ entry }) => entry).filter((entry) => able.has(entry));
    for (const entry of entries.slice(1)) {
      if (isPause(looked++)) yield;
      parent.set(rootOf(entry), rootOf(entries[0] as number));
    }
  }
  const groups = new Map<number, number[]>();
  for (const entry of able) {
    if (isPause(looked++)) yield;
    const root = rootOf(entry);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [entry]);
    else group.push(entry);
  }
  return [...groups.values()];
}
