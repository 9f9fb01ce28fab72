import { coalesceRanges } from '../download/coalesce-ranges.ts';
import type { Manifest } from '../formats/manifest.ts';
import { collectChunkNeeds, planChunkRequests } from './chunk-needs.ts';
import { ChunkSeeds, type ChunkSource } from './chunk-seeds.ts';
import { decideEntries } from './decide-entries.ts';
import { BLOCK_BYTES, JOURNAL_RECORD_BYTES, STATE_BYTES, stepBytes, toBlocks } from './disk-blocks.ts';
import type { EntryOperation, PatchCandidate, Plan, PlanFigures, PlanInput, Route } from './plan.ts';
import { choosePatchedEntries, segmentsFor } from './patch-choice.ts';

/** One way to the new build. */
interface Candidate {
  readonly patch: number | undefined;
  readonly segments: readonly number[];
  readonly patched: ReadonlySet<number>;
  readonly downloadBytes: number;
  readonly requests: number;
}

/**
 * Decide how the new build comes to be, at the fewest bytes from the CDN.
 * Pure: the same input gives the same plan. What already lies in staging is not planned again.
 */
export function planRoute(input: PlanInput): Plan {
  const { next } = input;
  const entries = decideEntries(input);
  const seeds = input.installed === null ? undefined : new ChunkSeeds(input.installed);
  const chunks = costOf(input, seeds, entries.changed, undefined, new Set());
  const candidates = [chunks];
  input.patches.forEach((patch, index) => {
    for (const patched of choosePatchedEntries({ input, patch, seeds, changed: entries.changed })) {
      if (patched.size > 0) candidates.push(costOf(input, seeds, entries.changed, index, patched));
    }
  });
  const best = candidates.reduce((a, b) => (isCheaper(b, a) ? b : a));
  const operations = entries.operations.map(
    (operation): EntryOperation =>
      operation.kind === 'chunks' && best.patched.has(operation.entry)
        ? { kind: 'patch', entry: operation.entry }
        : operation,
  );
  const figures = computeFigures(input, operations, best, entries.removals);
  const route = nameRoute(entries.changed, best);
  return {
    route,
    operations,
    patch: best.patch,
    segments: best.segments,
    removals: entries.removals,
    figures,
    lowSpace: undefined,
    explanation: explain(route, candidates, next),
  };
}

function costOf(
  input: PlanInput,
  seeds: ChunkSource | undefined,
  changed: readonly number[],
  patchIndex: number | undefined,
  patched: ReadonlySet<number>,
): Candidate {
  const { next, staged } = input;
  const needs = collectChunkNeeds(
    next,
    changed.filter((entry) => !patched.has(entry)),
    { staged, seeds },
  );
  const chunkRequests = planChunkRequests(next, needs.remote);
  const patch: PatchCandidate | undefined = patchIndex === undefined ? undefined : input.patches[patchIndex];
  const segments = patch === undefined ? [] : segmentsFor(patch, patched, staged);
  const patchRequests = coalesceRanges(
    segments.flatMap((index) => {
      const segment = patch?.segments[index];
      return segment === undefined || segment.fetched ? [] : [segment];
    }),
  );
  const ranges = [...chunkRequests.map(({ range }) => range), ...patchRequests];
  return {
    patch: patchIndex,
    segments,
    patched,
    downloadBytes: ranges.reduce((sum, range) => sum + range.sizeBytes, 0),
    requests: ranges.length,
  };
}

function isCheaper(a: Candidate, b: Candidate): boolean {
  return (
    a.downloadBytes < b.downloadBytes || (a.downloadBytes === b.downloadBytes && a.requests < b.requests)
  );
}

function nameRoute(changed: readonly number[], best: Candidate): Route {
  if (changed.length === 0) return 'none';
  if (best.patched.size === 0) return 'chunks';
  return changed.every((entry) => best.patched.has(entry)) ? 'patch' : 'mixed';
}

function computeFigures(
  input: PlanInput,
  operations: readonly EntryOperation[],
  best: Candidate,
  removals: readonly number[],
): PlanFigures {
  const { next, staged } = input;
  let writeBytes = 0;
  let diskPeakBytes = STATE_BYTES;
  let changedFiles = 0;
  let listBytes = 0;
  const rows = new Set<number>();
  for (const operation of operations) {
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
  const fullDownloadBytes = planChunkRequests(next, rows).reduce(
    (sum, { range }) => sum + range.sizeBytes,
    0,
  );
  return {
    downloadBytes: best.downloadBytes,
    requests: best.requests,
    fullDownloadBytes,
    writeBytes,
    diskPeakBytes,
    lowSpacePeakBytes: null,
    changedFiles,
    removedEntries: removals.length,
  };
}

function explain(route: Route, candidates: readonly Candidate[], next: Manifest): string {
  const costs = candidates.map(({ patch, patched, downloadBytes, requests }) => {
    const name = patch === undefined ? 'chunks' : `patch ${patch} for ${patched.size} files`;
    return `${name}: ${downloadBytes} bytes in ${requests} requests`;
  });
  return `${route} to ${next.entries.length} entries; ${costs.join('; ')}`;
}
