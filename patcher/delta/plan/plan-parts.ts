import { createHash } from 'node:crypto';
import type { Sha256 } from '../../formats/manifest.ts';
import { computeTreeDigest } from '../../formats/tree-digest.ts';
import { classifyFile } from '../file-class.ts';
import type { PatchPlan } from './plan-patch.ts';
import type { SegmentRange } from '../make/write-segments.ts';

/** Larger executables are divided: each part then has a map of its own for its piece. */
const KEPT_TOGETHER_BYTES = 512 * 2 ** 20;

/** A cut here makes two parts build the index that one would have built. */
const WITHIN_INDEX = 1;
/** A cut here has two parts map one executable, each from what it sees of it: weighs more than any index. */
const WITHIN_EXECUTABLE = 2;

/**
 * Divide a plan among machines: consecutive parts of about equal size. The same plan gives the same parts everywhere.
 * @param options `segmentsPerPart` is 1 or more; a part that keeps an executable together may have more.
 * @returns In order, without gaps; `[]` when nothing is made.
 */
export function planParts(
  plan: PatchPlan,
  { segmentsPerPart }: { readonly segmentsPerPart: number },
): SegmentRange[] {
  const count = plan.segments.length;
  const size = Math.ceil(count / Math.ceil(count / Math.max(1, segmentsPerPart)));
  const costs = computeCutCosts(plan);
  const parts: SegmentRange[] = [];
  for (let first = 0; first < count; first = parts.at(-1)?.end ?? count) {
    parts.push({ first, end: chooseEnd(costs, first, size) });
  }
  return parts;
}

/** The cheapest cut near where the part would be full, rather late than early. */
function chooseEnd(costs: Uint8Array, first: number, size: number): number {
  const count = costs.length;
  const full = first + size;
  if (full >= count) return count;
  let best = full;
  for (let end = full; end >= first + Math.ceil(size / 2); end--) {
    if ((costs[end] as number) < (costs[best] as number)) best = end;
  }
  if ((costs[best] as number) < WITHIN_EXECUTABLE) return best;
  const later = costs.findIndex((cost, end) => end > full && cost < WITHIN_EXECUTABLE);
  return later < 0 ? count : later;
}

/** What it costs to begin a part with each segment. */
function computeCutCosts(plan: PatchPlan): Uint8Array {
  const { segments } = plan;
  const costs = Uint8Array.from(segments, ({ spans }, row) =>
    segments[row - 1]?.spans === spans ? WITHIN_INDEX : 0,
  );
  const cut = new Set<number>();
  for (const { first, end } of findExecutableRows(plan)) {
    for (let row = first + 1; row < end; row++) cut.add(row);
  }
  for (const row of cut) costs[row] = (costs[row] as number) + WITHIN_EXECUTABLE;
  return costs;
}

/** Which segments each executable lies in, by what names and modes tell: nothing is read. */
function findExecutableRows({ newTree, segments }: PatchPlan): SegmentRange[] {
  const modes = new Map(newTree.entries.map((entry) => [entry.path, entry.kind === 'file' ? entry.mode : 0]));
  const found = new Map<string, SegmentRange & { readonly bytes: number }>();
  segments.forEach(({ task }, row) => {
    for (const { path, length } of task.pieces) {
      const known = found.get(path) ?? { first: row, bytes: 0 };
      found.set(path, { first: known.first, end: row + 1, bytes: known.bytes + length });
    }
  });
  return [...found].flatMap(([path, rows]) =>
    rows.bytes <= KEPT_TOGETHER_BYTES && looksExecutable(path, modes.get(path) ?? 0) ? [rows] : [],
  );
}

function looksExecutable(path: string, mode: number): boolean {
  const named = classifyFile(path, () => new Uint8Array());
  return named === 'executable' || (named === 'other' && (mode & 0o111) !== 0);
}

/** What two machines must agree on before the parts they make are of one patch. */
export function computePlanDigest(plan: PatchPlan): Sha256 {
  const { oldTree, newTree, segments, memoryBudgetBytes } = plan;
  const hash = createHash('sha256');
  const add = (value: unknown): void => void hash.update(`${JSON.stringify(value)}\n`);
  add([computeTreeDigest(oldTree.entries), computeTreeDigest(newTree.entries), memoryBudgetBytes]);
  for (const { task, spans } of segments) {
    const pieces = task.pieces.map(({ path, fileOffset, length }) => [path, fileOffset, length]);
    add([task.effort, task.secondOpinion, pieces, spans.length]);
  }
  return hash.digest('hex') as Sha256;
}
