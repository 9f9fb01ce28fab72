import type { AppError } from '../../errors.ts';
import type { Plan, PlanInput } from '../../plan/plan.ts';
import { RoutePlanner } from '../../plan/plan-route.ts';
import type { ByteIntervals } from '../../plan/byte-intervals.ts';
import { compilePreserveRules } from '../../paths/preserve-rules.ts';
import type { ApplyInput, PatchPath } from './apply-input.ts';
import { findPreserved } from '../verify/look-at-tree.ts';
import { findMade } from '../staging/make-between.ts';
import { isMendedByChunks } from '../staging/make-segments.ts';
import { openRemotePatch, type RemotePatch } from '../staging/remote-patch.ts';
import type { SafeTree } from '../disk/safe-tree.ts';
import { inSlices } from '../../threads/slices.ts';

export interface Planned {
  readonly plan: Plan;
  readonly planInput: PlanInput;
  readonly patches: RemotePatch[];
}

/**
 * Plan without touching anything; also what a preview shows.
 * @param between Folder of what a stopped job made of builds between.
 */
export async function planBuild(
  input: Pick<
    ApplyInput,
    | 'next'
    | 'installed'
    | 'isOurs'
    | 'patches'
    | 'fetcher'
    | 'meter'
    | 'signal'
    | 'speeds'
    | 'prefer'
    | 'coalescing'
  >,
  tree: SafeTree,
  staged: ReadonlyMap<number, ByteIntervals | 'complete'>,
  between: string | undefined,
): Promise<Planned> {
  const { next, installed, speeds, prefer, coalescing } = input;
  input.meter.enter('planning');
  const isPreserved = compilePreserveRules(next.preserve);
  const preserved = await inSlices(findPreserved(tree, next, isPreserved));
  const known = { installed, next, staged, preserved, isPreserved, speeds, prefer, coalescing };
  let patches: RemotePatch[] = [];
  const refusals: string[] = [];
  const planner = await inSlices(RoutePlanner.of(known));
  let plan = await inSlices(planner.planBySlices(patches));
  // Single patches first: what a chain has to save is only known then.
  for (const paths of [input.patches.filter(isSingle), input.patches.filter((path) => !isSingle(path))]) {
    const before = plan;
    const worthwhile = paths.filter((path) => isWorthALook(path, before));
    const opened = await openPatches(input, worthwhile, between, (path, { message }) => {
      refusals.push(`patch ${path.map(({ path: at }) => at).join(', ')} is not used: ${message}`);
    });
    if (opened.length === 0) continue;
    patches = [...patches, ...opened];
    plan = await inSlices(planner.planBySlices(patches));
  }
  const explanation = [plan.explanation, ...refusals].join('; ');
  return { plan: { ...keepUnknown(plan, input), explanation }, planInput: { ...known, patches }, patches };
}

function isSingle(path: PatchPath): boolean {
  return path.length === 1;
}

/**
 * What is all here needs no patch, and must not need the network to find that out. A chain has to be worth its headers;
 * beside a single patch, which holds the same changes once, only one that is smaller as a whole is.
 */
function isWorthALook(path: PatchPath, { patch, figures }: Plan): boolean {
  if (isSingle(path)) return figures.downloadBytes > 0;
  const wholeBytes = path.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return figures.downloadBytes > (patch === undefined ? headerBytes(path) : wholeBytes);
}

/** What has to be read of patches to know what they are: at most 64 KiB of each, for all but the largest. */
function headerBytes(path: PatchPath): number {
  return path.reduce((sum, { sizeBytes }) => sum + Math.min(sizeBytes, 64 * 1024), 0);
}

/** What is not ours stays; what of it is in the way of the build is put aside when that is committed. */
function keepUnknown(plan: Plan, { installed, isOurs }: Pick<ApplyInput, 'installed' | 'isOurs'>): Plan {
  const removals = plan.removals.filter((index) => {
    const entry = installed?.manifest.entries[index];
    return entry !== undefined && isOurs(entry);
  });
  return { ...plan, removals, figures: { ...plan.figures, removedEntries: removals.length } };
}

/**
 * Read what patches hold; where nothing is installed there is nothing to patch.
 * @param onRefusal Told of each that cannot be used, and why.
 */
export async function openPatches(
  input: Pick<ApplyInput, 'installed' | 'next' | 'fetcher' | 'signal'>,
  paths: readonly PatchPath[],
  between?: string,
  onRefusal?: (path: PatchPath, why: AppError) => void,
): Promise<RemotePatch[]> {
  const { installed, next, fetcher, signal } = input;
  if (installed === null || paths.length === 0) return [];
  const made = between === undefined ? new Set<string>() : await findMade(between);
  const opened: RemotePatch[] = [];
  for (const path of paths) {
    try {
      opened.push(await openRemotePatch(fetcher, path, { next, installed, made }, signal));
    } catch (error) {
      // A patch that cannot be read, or only with more memory than there is, is not offered: chunks do without.
      if (!isMendedByChunks(error)) throw error;
      onRefusal?.(path, error);
    }
  }
  return opened;
}
