import { AppError } from '../../errors.ts';
import type { Sha256 } from '../../formats/manifest.ts';
import type { PatchAddressMap, PatchSegment } from '../../formats/patch.ts';
import {
  type ParsedPart,
  parsePartHeader,
  parsePartPreamble,
  serializePartHeader,
} from '../../formats/patch-part-format.ts';
import { computeSha256 } from '../../formats/sha256.ts';
import { deltaErrors } from '../delta-errors.ts';
import { layHeader } from '../plan/lay-header.ts';
import type { PatchReport } from './make-patch.ts';
import { PatchFile, type PatchSource, readFramedHeader } from '../apply/open-patch.ts';
import { PatchWriter } from './patch-writer.ts';
import type { PatchPlan } from '../plan/plan-patch.ts';
import { computePlanDigest } from '../plan/plan-parts.ts';
import { type MakingOptions, type SegmentRange, writeSegments } from './write-segments.ts';

export interface MakePartOptions extends MakingOptions {
  readonly plan: PatchPlan;
  /** One of `planParts(plan, …)`. */
  readonly part: SegmentRange;
  /** Written beside itself first, and put in place when complete. */
  readonly outPath: string;
}

export type PartReport = Pick<PatchReport, 'sha256' | 'sizeBytes' | 'secondOpinionWins'>;

/**
 * Make one part of a patch into a file of its own, which `joinPatchParts` takes.
 * @throws {AppError} As `makePatch` does.
 */
export async function makePatchPart(options: MakePartOptions): Promise<PartReport> {
  const { plan, part, outPath } = options;
  await using writer = await PatchWriter.open(outPath);
  const { addressMaps, secondOpinionWins } = await writeSegments(plan, part, writer, options);
  const header = serializePartHeader({
    planDigest: computePlanDigest(plan),
    firstSegment: part.first,
    segments: writer.segments,
    addressMaps: addressMaps.map((map) => ({ ...map, firstSegment: map.firstSegment - part.first })),
  });
  return { ...(await writer.finish(header)), secondOpinionWins };
}

export interface JoinPartsOptions {
  readonly plan: PatchPlan;
  /** Paths of the files that hold the parts, in order. */
  readonly parts: readonly string[];
  readonly outPath: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Join all parts of a patch: the same bytes as `makePatch` gives, but that executables are mapped part by part.
 * Memory: the tables and one body.
 * @throws {AppError} `PATCH_PART_INVALID`, whose `part` is the path; `PATCH_PARTS_INCOMPLETE`; `PATCH_READ_FAILED`,
 *   `PATCH_WRITE_FAILED`; the signal's reason if it fires.
 */
export async function joinPatchParts(
  options: JoinPartsOptions,
): Promise<Pick<PatchReport, 'sha256' | 'sizeBytes' | 'headerBytes' | 'segments'>> {
  const { plan, parts, outPath, signal } = options;
  await using writer = await PatchWriter.open(outPath);
  const planDigest = computePlanDigest(plan);
  const addressMaps: PatchAddressMap[] = [];
  for (const path of parts) {
    await using source = await PatchFile.open(path);
    const part = await openPart(source, { plan, planDigest, name: path, signal });
    const first = writer.segments.length;
    if (part.firstSegment !== first) throw invalidPart(path, 'it does not follow the one before it');
    for (const [row, segment] of part.segments.entries()) {
      const body = await readBody(source, segment, path, signal);
      const { offset: _offset, newOffset: _newOffset, ...unplaced } = segment;
      await writer.addSegment(first + row, body, unplaced);
    }
    for (const map of part.addressMaps) addressMaps.push({ ...map, firstSegment: first + map.firstSegment });
  }
  const { segments } = writer;
  if (segments.length !== plan.segments.length) {
    throw deltaErrors.error('PATCH_PARTS_INCOMPLETE', {
      segments: segments.length,
      segmentsPlanned: plan.segments.length,
    });
  }
  const { bytes: header } = layHeader(plan, { segments, addressMaps });
  return { ...(await writer.finish(header)), headerBytes: header.length, segments: segments.length };
}

export interface CheckPartOptions {
  readonly plan: PatchPlan;
  readonly part: SegmentRange;
  /** How errors name it. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Read a part as a whole and hold it against its plan and its own hashes.
 * @throws {AppError} `PATCH_PART_INVALID`, and what the source throws.
 */
export async function checkPatchPart(
  source: PatchSource,
  { plan, part, name, signal }: CheckPartOptions,
): Promise<void> {
  const planDigest = computePlanDigest(plan);
  const { firstSegment, segments } = await openPart(source, { plan, planDigest, name, signal });
  if (firstSegment !== part.first || firstSegment + segments.length !== part.end) {
    throw invalidPart(name, 'it is another part');
  }
  for (const segment of segments) await readBody(source, segment, name, signal);
}

async function openPart(
  source: PatchSource,
  { plan, planDigest, name, signal }: Omit<CheckPartOptions, 'part'> & { readonly planDigest: Sha256 },
): Promise<ParsedPart> {
  const part = await asInvalidPart(name, async () => {
    const { preamble, packed } = await readFramedHeader(source, parsePartPreamble, signal);
    return parsePartHeader(preamble, packed, plan.oldSpace.files);
  });
  const { firstSegment, segments } = part;
  if (part.planDigest !== planDigest) throw invalidPart(name, 'it is of another patch');
  segments.forEach(({ newBytes }, row) => {
    if (plan.segments[firstSegment + row]?.task.newBytes !== newBytes) {
      throw invalidPart(name, 'a segment does not make what is planned');
    }
  });
  return part;
}

async function readBody(
  source: PatchSource,
  { offset, packedBytes, packedSha256 }: PatchSegment,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  if (offset + packedBytes > source.sizeBytes) throw invalidPart(name, 'it ends too early');
  const body = await source.read(offset, packedBytes, signal);
  if (computeSha256(body) !== packedSha256) throw invalidPart(name, 'a segment is damaged');
  return body;
}

/** Errors of the format, told as what they mean here. */
async function asInvalidPart<Value>(name: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    const isFormat = error instanceof AppError && error.family === 'format';
    throw isFormat ? invalidPart(name, error.message.replace(/\.$/, ''), error) : error;
  }
}

function invalidPart(part: string, reason: string, cause?: unknown): Error {
  return deltaErrors.error('PATCH_PART_INVALID', { part, reason }, cause);
}
