import { findRepeats, type RepeatSources } from './find-repeats.ts';
import { type PatchPlan, type PatchPlanOptions, planPatch } from './plan-patch.ts';

/**
 * Plan with what the new files repeat, which listings do not tell: their new bytes are read once. The same trees and
 * options give the same plan everywhere. At effort `fast` nothing is read.
 * @throws {AppError} As `planPatch` and `findRepeats` do.
 */
export async function planFromFiles(
  options: Omit<PatchPlanOptions, 'repeats'> & RepeatSources,
): Promise<PatchPlan> {
  const repeats = options.effort === 'fast' ? [] : await findRepeats(options);
  return planPatch({ ...options, repeats });
}
