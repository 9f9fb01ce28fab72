import type { Sha256 } from '../../formats/manifest.ts';
import type { Patch, PatchEntry } from '../../formats/patch.ts';
import { layHeader } from '../plan/lay-header.ts';
import { PatchWriter } from './patch-writer.ts';
import { planFromFiles } from '../plan/plan-from-files.ts';
import type { PatchPlanOptions } from '../plan/plan-patch.ts';
import { isSecondOpinionAvailable } from '../match/second-opinion.ts';
import { type MakingOptions, writeSegments } from './write-segments.ts';

export interface MakePatchOptions extends Omit<PatchPlanOptions, 'repeats'>, MakingOptions {
  /** Written beside itself first, and put in place when complete. */
  readonly outPath: string;
  /** Ask bsdiff as well, where affordable; by default at effort `max`. */
  readonly secondOpinion?: boolean;
}

export interface PatchReport {
  readonly sha256: Sha256;
  readonly sizeBytes: number;
  readonly headerBytes: number;
  readonly segments: number;
  /** Bytes of changed files. */
  readonly madeBytes: number;
  /** Bytes of files that are whole old files. */
  readonly copiedBytes: number;
  /** Whether bsdiff was asked. */
  readonly secondOpinion: 'off' | 'unavailable' | 'used';
  /** Segments for which bsdiff's alignment came out smaller. */
  readonly secondOpinionWins: number;
}

/**
 * Make the patch that turns one build into another. The same trees and options give the same patch whatever the
 * number of threads.
 * @throws {AppError} `PATCH_READ_FAILED`, `PATCH_OLD_MISMATCH` or `PATCH_INPUT_CHANGED` when a folder is not what its
 *   tree says, `PATCH_WRITE_FAILED`, `PATCH_BUDGET_TOO_SMALL`, `THREAD_FAILED`; the signal's reason if it fires.
 * @see docs/formats/patch.md
 */
export async function makePatch(options: MakePatchOptions): Promise<PatchReport> {
  return (await makeKnownPatch(options)).report;
}

export interface KnownPatch {
  readonly report: PatchReport;
  /** Its header, which then need not be read from the file. */
  readonly patch: Patch;
}

/** {@link makePatch} for who goes on to look into the patch. */
export async function makeKnownPatch(options: MakePatchOptions): Promise<KnownPatch> {
  const secondOpinion = decideSecondOpinion(options);
  const plan = await planFromFiles({ ...options, secondOpinion: secondOpinion === 'used' });
  const { segments, newSpace } = plan;
  await using writer = await PatchWriter.open(options.outPath);
  const everything = { first: 0, end: segments.length };
  const { addressMaps, secondOpinionWins } = await writeSegments(plan, everything, writer, options);
  const { bytes, patch } = layHeader(plan, { segments: writer.segments, addressMaps });
  const report = {
    ...(await writer.finish(bytes)),
    headerBytes: bytes.length,
    segments: segments.length,
    madeBytes: newSpace.madeBytes,
    copiedBytes: sumCopied(newSpace.entries),
    secondOpinion,
    secondOpinionWins,
  };
  return { report, patch };
}

function decideSecondOpinion({ secondOpinion, effort }: MakePatchOptions): PatchReport['secondOpinion'] {
  if (!(secondOpinion ?? effort === 'max')) return 'off';
  return isSecondOpinionAvailable() ? 'used' : 'unavailable';
}

function sumCopied(entries: readonly PatchEntry[]): number {
  return entries.reduce(
    (sum, entry) => sum + (entry.kind === 'file' && entry.origin.kind === 'copy' ? entry.sizeBytes : 0),
    0,
  );
}
