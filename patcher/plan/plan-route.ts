import { type ByteRange, coalesceRanges } from '../download/coalesce-ranges.ts';
import type { Manifest } from '../formats/manifest.ts';
import { collectChunkNeeds, planChunkRequests } from './chunk-needs.ts';
import { ChunkSeeds, type ChunkSource } from './chunk-seeds.ts';
import { decideEntries, type EntryDecisions } from './decide-entries.ts';
import { BLOCK_BYTES, JOURNAL_RECORD_BYTES, STATE_BYTES, stepBytes, toBlocks } from './disk-blocks.ts';
import { estimateSeconds } from './estimate-time.ts';
import type { EntryOperation, PatchCandidate, Plan, PlanFigures, PlanInput, Route } from './plan.ts';
import { choosePatchedEntries, segmentsFor } from './patch-choice.ts';
import { atOnce, inSlices, isPause, type Slices } from '../threads/slices.ts';

/** One way to the new build. */
interface Candidate {
  readonly patch: number | undefined;
  readonly segments: readonly number[];
  /** Segments of a chain's earlier patches. */
  readonly between: readonly number[];
  /** Bytes these make, beside the new files. */
  readonly betweenBytes: number;
  readonly patched: ReadonlySet<number>;
  readonly downloadBytes: number;
  readonly requests: number;
  /** Bytes made by patches, in all. */
  readonly patchedBytes: number;
  /** Null without measured speeds. */
  readonly seconds: number | null;
}

/** By how much, and how often, the route of fewest bytes has to be slower than another to be given up for it. */
const CLEARLY_SLOWER = { seconds: 10, times: 1.5 };
const NO_SPEEDS = { networkBytesPerSecond: 0, diskBytesPerSecond: 0, patchBytesPerSecond: 0 };

/**
 * Decide how the new build comes to be: at the fewest bytes from the CDN, unless measured speeds say that this takes
 * clearly longer than another way ({@link PlanInput.prefer}).
 * Pure: the same input gives the same plan. What already lies in staging is not planned again.
 */
export function planRoute(input: PlanInput): Plan {
  return atOnce(planBySlices(input));
}

/** As {@link planRoute}, for a thread whose event loop has more to do. */
export function planRouteInSlices(input: PlanInput): Promise<Plan> {
  return inSlices(planBySlices(input));
}

function* planBySlices({ patches, ...known }: PlanInput): Slices<Plan> {
  return yield* (yield* RoutePlanner.of(known)).planBySlices(patches);
}

/** Plans again with other patches: what does not depend on them is decided once, and held once. */
export class RoutePlanner {
  readonly #known: Omit<PlanInput, 'patches'>;
  readonly #entries: EntryDecisions;
  readonly #seeds: ChunkSource | undefined;
  readonly #byChunks: Candidate;

  private constructor(
    known: Omit<PlanInput, 'patches'>,
    entries: EntryDecisions,
    { seeds, byChunks }: { readonly seeds: ChunkSource | undefined; readonly byChunks: Candidate },
  ) {
    this.#known = known;
    this.#entries = entries;
    this.#seeds = seeds;
    this.#byChunks = byChunks;
  }

  static *of(known: Omit<PlanInput, 'patches'>): Slices<RoutePlanner> {
    const input = { ...known, patches: [] };
    const entries = yield* decideEntries(input);
    const seeds = known.installed === null ? undefined : yield* ChunkSeeds.of(known.installed);
    const byChunks = yield* costOf(input, seeds, entries.changed, undefined, new Set());
    return new RoutePlanner(known, entries, { seeds, byChunks });
  }

  *planBySlices(patches: readonly PatchCandidate[]): Slices<Plan> {
    const input = { ...this.#known, patches };
    const { operations: decided, changed, removals } = this.#entries;
    const candidates = [this.#byChunks];
    for (const [index, patch] of patches.entries()) {
      for (const patched of yield* choosePatchedEntries({ input, patch, seeds: this.#seeds, changed })) {
        if (patched.size > 0) candidates.push(yield* costOf(input, this.#seeds, changed, index, patched));
      }
    }
    const best = chooseCandidate(candidates, input.prefer);
    const operations = decided.map(
      (operation): EntryOperation =>
        operation.kind === 'chunks' && best.patched.has(operation.entry)
          ? { kind: 'patch', entry: operation.entry }
          : operation,
    );
    const figures = yield* computeFigures(input, operations, best, removals);
    const route = nameRoute(changed, best);
    return {
      route,
      operations,
      patch: best.patch,
      segments: best.segments,
      between: best.between,
      removals,
      figures,
      lowSpace: undefined,
      explanation: explain(route, candidates, input.next),
    };
  }
}

function* costOf(
  input: PlanInput,
  seeds: ChunkSource | undefined,
  changed: readonly number[],
  patchIndex: number | undefined,
  patched: ReadonlySet<number>,
): Slices<Candidate> {
  const { next, staged } = input;
  const needs = yield* collectChunkNeeds(
    next,
    changed.filter((entry) => !patched.has(entry)),
    { staged, seeds },
  );
  const chunkRequests = yield* planChunkRequests(next, needs.remote, input.coalescing);
  const patch: PatchCandidate | undefined = patchIndex === undefined ? undefined : input.patches[patchIndex];
  const { segments, between } =
    patch === undefined ? { segments: [], between: [] } : segmentsFor(patch, patched, staged);
  const ranges = [...chunkRequests.map(({ range }) => range), ...planPatchRequests(patch, segments, between)];
  const toMake = between.flatMap((index) => patch?.between?.[index] ?? []).filter(({ isMade }) => !isMade);
  const betweenBytes = toMake.reduce((sum, { madeBytes }) => sum + madeBytes, 0);
  const cost = {
    downloadBytes: ranges.reduce((sum, range) => sum + range.sizeBytes, 0),
    requests: ranges.length,
    patchedBytes: betweenBytes + countMade(patch, segments),
  };
  const writeBytes = betweenBytes + countUnstaged(input, changed);
  const seconds = estimateSeconds({ ...cost, writeBytes }, input.speeds ?? NO_SPEEDS);
  return { patch: patchIndex, segments, between, betweenBytes, patched, ...cost, seconds };
}

/** The requests for segments' bodies that are not here yet, of each object of a chain by itself. */
function planPatchRequests(
  patch: PatchCandidate | undefined,
  segments: readonly number[],
  between: readonly number[],
): { readonly sizeBytes: number }[] {
  const last = segments.flatMap((index) => patch?.segments[index] ?? []).filter(({ fetched }) => !fetched);
  const wanted = between
    .flatMap((index) => patch?.between?.[index] ?? [])
    .filter(({ fetched, isMade }) => !fetched && !isMade);
  const hops = Map.groupBy(wanted, ({ hop }) => hop);
  return [...hops.values(), last].flatMap((ranges) => coalesceRanges<ByteRange>(ranges));
}

function countMade(patch: PatchCandidate | undefined, segments: readonly number[]): number {
  let bytes = 0;
  // One that only hands on what was made before makes nothing.
  for (const index of segments)
    if ((patch?.segments[index]?.sizeBytes ?? 0) > 0)
      for (const { sizeBytes } of patch?.segments[index]?.outputs ?? []) bytes += sizeBytes;
  return bytes;
}

function countUnstaged({ next, staged }: PlanInput, entries: readonly number[]): number {
  return entries.reduce((sum, entry) => {
    const file = next.entries[entry];
    const have = staged.get(entry);
    if (file?.kind !== 'file' || have === 'complete') return sum;
    return sum + file.sizeBytes - (have?.totalBytes ?? 0);
  }, 0);
}

function chooseCandidate(
  candidates: readonly Candidate[],
  prefer: PlanInput['prefer'] = 'balanced',
): Candidate {
  const cheapest = candidates.reduce((a, b) => (isCheaper(b, a) ? b : a));
  const quickest = candidates.reduce((a, b) => (isQuicker(b, a) ? b : a));
  if (prefer === 'bytes' || quickest.seconds === null || cheapest.seconds === null) return cheapest;
  if (prefer === 'time') return quickest;
  const { seconds, times } = CLEARLY_SLOWER;
  const isClear =
    cheapest.seconds > quickest.seconds * times && cheapest.seconds - quickest.seconds > seconds;
  return isClear ? quickest : cheapest;
}

function isCheaper(a: Candidate, b: Candidate): boolean {
  return (
    a.downloadBytes < b.downloadBytes || (a.downloadBytes === b.downloadBytes && a.requests < b.requests)
  );
}

/** One whose time is not known is never quicker. */
function isQuicker(a: Candidate, b: Candidate): boolean {
  if (a.seconds === null || b.seconds === null) return a.seconds !== null;
  return a.seconds < b.seconds || (a.seconds === b.seconds && isCheaper(a, b));
}

function nameRoute(changed: readonly number[], best: Candidate): Route {
  if (changed.length === 0) return 'none';
  if (best.patched.size === 0) return 'chunks';
  return changed.every((entry) => best.patched.has(entry)) ? 'patch' : 'mixed';
}

function* computeFigures(
  input: PlanInput,
  operations: readonly EntryOperation[],
  best: Candidate,
  removals: readonly number[],
): Slices<PlanFigures> {
  const { next, staged } = input;
  let writeBytes = 0;
  let diskPeakBytes = STATE_BYTES;
  let changedFiles = 0;
  let listBytes = 0;
  const rows = new Set<number>();
  for (const [looked, operation] of operations.entries()) {
    if (isPause(looked)) yield;
    const entry = next.entries[operation.entry];
    if (!['keep', 'preserve'].includes(operation.kind)) listBytes += stepBytes(entry?.path ?? '');
    if (operation.kind === 'directory' || operation.kind === 'link') diskPeakBytes += BLOCK_BYTES;
    if (entry?.kind !== 'file' || !['copy', 'patch', 'chunks'].includes(operation.kind)) continue;
    changedFiles++;
    for (const row of entry.chunks) rows.add(row);
    const have = staged.get(operation.entry);
    const haveBytes = have === 'complete' ? entry.sizeBytes : (have?.totalBytes ?? 0);
    writeBytes += entry.sizeBytes - haveBytes;
    diskPeakBytes += toBlocks(entry.sizeBytes) - Math.min(toBlocks(entry.sizeBytes), haveBytes);
    diskPeakBytes += (entry.chunks.length + 1) * JOURNAL_RECORD_BYTES;
  }
  for (const index of removals) listBytes += stepBytes(input.installed?.manifest.entries[index]?.path ?? '');
  diskPeakBytes += toBlocks(listBytes);
  const made = best.between.flatMap((index) => patchOf(input, best)?.between?.[index] ?? []);
  for (const { isMade, madeBytes } of made) if (!isMade) diskPeakBytes += toBlocks(madeBytes);
  writeBytes += best.betweenBytes;
  const fullDownload = yield* planChunkRequests(next, rows);
  const fullDownloadBytes = fullDownload.reduce((sum, { range }) => sum + range.sizeBytes, 0);
  return {
    downloadBytes: best.downloadBytes,
    requests: best.requests,
    fullDownloadBytes,
    writeBytes,
    patchedBytes: best.patchedBytes,
    patchHops: countHops(input, best),
    seconds: estimateSeconds({ ...best, writeBytes }, input.speeds ?? NO_SPEEDS),
    diskPeakBytes,
    lowSpacePeakBytes: null,
    changedFiles,
    removedEntries: removals.length,
  };
}

function patchOf({ patches }: PlanInput, { patch }: Candidate): PatchCandidate | undefined {
  return patch === undefined ? undefined : patches[patch];
}

/** Patches one after the other, of which something is wanted. */
function countHops(input: PlanInput, best: Candidate): number {
  if (best.patched.size === 0) return 0;
  const patch = patchOf(input, best);
  const last = best.segments.some((index) => (patch?.segments[index]?.sizeBytes ?? 0) > 0) ? 1 : 0;
  return last + new Set(best.between.map((index) => patch?.between?.[index]?.hop)).size;
}

function explain(route: Route, candidates: readonly Candidate[], next: Manifest): string {
  const costs = candidates.map(({ patch, patched, downloadBytes, requests, seconds }) => {
    const name = patch === undefined ? 'chunks' : `patch ${patch} for ${patched.size} files`;
    const time = seconds === null ? '' : `, ${seconds} s`;
    return `${name}: ${downloadBytes} bytes in ${requests} requests${time}`;
  });
  return `${route} to ${next.entries.length} entries; ${costs.join('; ')}`;
}
