import { estimateSeconds } from '../../plan/estimate-time.ts';
import { planLowSpace } from '../../plan/low-space.ts';
import type { Plan } from '../../plan/plan.ts';
import { planRoute } from '../../plan/plan-route.ts';
import type { ApplyInput } from './apply-input.ts';
import { measureFreeBytes } from '../disk/free-space.ts';
import { installErrors } from '../install-errors.ts';
import { discardKept } from '../commit/kept-build.ts';
import type { Planned } from './plan-build.ts';
import type { RemotePatch } from '../staging/remote-patch.ts';

/**
 * Settle how the disk is used, before the first byte is fetched. What was kept for a rollback goes when its space
 * is wanted, unless this is that rollback.
 * @throws {AppError} `INSTALL_DISK_FULL` with the least that would do.
 */
export async function chooseDisk(input: ApplyInput, planned: Planned): Promise<Plan> {
  const { plan } = planned;
  const { state, diskMode } = input;
  const wholeBytes = plan.figures.diskPeakBytes;
  let freeBytes = await measureFreeBytes(state.root);
  if (diskMode !== 'low-space' && wholeBytes <= freeBytes) return plan;
  if (input.kept === undefined && wholeBytes > freeBytes) {
    await discardKept(state);
    freeBytes = await measureFreeBytes(state.root);
    if (diskMode !== 'low-space' && wholeBytes <= freeBytes) return plan;
  }
  const lowSpace = diskMode === 'whole' ? undefined : withLowSpace(planned, input.batchBytes);
  const neededBytes = Math.min(wholeBytes, lowSpace?.figures.lowSpacePeakBytes ?? wholeBytes);
  if (neededBytes > freeBytes) throw installErrors.error('INSTALL_DISK_FULL', { neededBytes, freeBytes });
  return lowSpace ?? plan;
}

/** @returns undefined when there is nothing to do in steps. */
function withLowSpace(planned: Planned, batchBytes: number | undefined): Plan | undefined {
  const { plan, planInput } = withoutChain(planned);
  const lowSpace = planLowSpace(planInput, plan, batchBytes);
  if (lowSpace === undefined) return undefined;
  const { downloadBytes, requests, diskPeakBytes: lowSpacePeakBytes } = lowSpace;
  const figures = { ...plan.figures, downloadBytes, requests, lowSpacePeakBytes };
  const seconds = planInput.speeds === undefined ? null : estimateSeconds(figures, planInput.speeds);
  return { ...plan, lowSpace, figures: { ...figures, seconds } };
}

/**
 * Steps replace old files while the patch is applied, and what a chain makes on its way costs space besides: where
 * space is short a single patch or chunks are planned instead.
 */
function withoutChain({ plan, planInput, patches }: Planned): Pick<Planned, 'plan' | 'planInput'> {
  const isChain = (patch: RemotePatch | undefined) => patch !== undefined && patch.hops.length > 0;
  if (plan.patch === undefined || !isChain(patches[plan.patch])) return { plan, planInput };
  const single = patches.map((patch) => (isChain(patch) ? { segments: [] } : patch));
  const input = { ...planInput, patches: single };
  const { removals, figures, ...rest } = planRoute(input);
  // What is not ours was taken out of the removals of the first plan.
  const removedEntries = plan.removals.length;
  return {
    plan: {
      ...rest,
      removals: removals.filter((index) => plan.removals.includes(index)),
      figures: { ...figures, removedEntries },
    },
    planInput: input,
  };
}

/** A plan with the figure of both ways to use the disk. */
export function withBothPeaks(planned: Planned): Plan {
  const lowSpacePeakBytes = withLowSpace(planned, undefined)?.figures.lowSpacePeakBytes ?? null;
  const { plan } = planned;
  return { ...plan, figures: { ...plan.figures, lowSpacePeakBytes } };
}
