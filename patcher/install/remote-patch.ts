import { openPatch } from '../delta/apply/open-patch.ts';
import { planSegments } from '../delta/apply/plan-pieces.ts';
import type { ObjectFetcher, ObjectReference } from '../download/object-fetcher.ts';
import type { Manifest } from '../formats/manifest.ts';
import type { OldRange, Patch } from '../formats/patch.ts';
import type { InstalledTree } from '../plan/installed-tree.ts';
import type { PatchCandidate, SegmentOutput, SegmentSummary } from '../plan/plan.ts';

/** A patch on the CDN whose header was read; its segments are fetched when they are needed. */
export interface RemotePatch extends PatchCandidate {
  readonly path: string;
  readonly patch: Patch;
  /** The first bytes of the object, already here: segments that lie in them are not fetched again. */
  readonly head: Uint8Array;
}

/**
 * Read the header of a patch and match it to the new manifest and to what is on disk.
 * @throws {AppError} `DOWNLOAD_…`, `PATCH_FORMAT_INVALID`, `PATCH_VERSION_UNSUPPORTED`.
 */
export async function openRemotePatch(
  fetcher: ObjectFetcher,
  object: ObjectReference,
  trees: { readonly next: Manifest; readonly installed: InstalledTree },
  signal: AbortSignal | undefined,
): Promise<RemotePatch> {
  let head: Uint8Array = new Uint8Array();
  const { patch } = await openPatch(
    {
      sizeBytes: object.sizeBytes,
      read: async (offset, length, abort) => {
        const bytes = await fetchBytes(fetcher, object, { offset, sizeBytes: length }, abort);
        if (offset === 0) head = bytes;
        return bytes;
      },
    },
    signal,
  );
  const rows = oldEntriesOf(patch, trees.installed);
  const usable = usableOldFiles(rows, trees.installed);
  const outputs = collectOutputs(patch, trees.next);
  const segments = patch.segments.map(
    (segment, index): SegmentSummary => ({
      offset: segment.offset,
      sizeBytes: segment.packedBytes,
      outputs: outputs[index] ?? [],
      fetched: segment.offset + segment.packedBytes <= head.length,
      usable: segment.oldRanges.every((range) => usable(range)),
      reads: [...new Set(segment.oldRanges.flatMap(({ oldFile }) => rows[oldFile] ?? []))],
    }),
  );
  return { path: object.path, patch, segments, head };
}

async function fetchBytes(
  fetcher: ObjectFetcher,
  { path }: ObjectReference,
  range: { readonly offset: number; readonly sizeBytes: number },
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const bytes of fetcher.fetchRange(path, range.offset, range.sizeBytes, signal))
    parts.push(bytes);
  return Buffer.concat(parts);
}

/** Per old file of the patch: the old entry that is it, undefined when it is not there. */
function oldEntriesOf(patch: Patch, installed: InstalledTree): (number | undefined)[] {
  const entries = new Map(installed.manifest.entries.map((entry, index) => [entry.path, index] as const));
  return patch.oldFiles.map((file) => {
    const index = entries.get(file.path);
    const entry = index === undefined ? undefined : installed.manifest.entries[index];
    const there = entry?.kind === 'file' && entry.sizeBytes === file.sizeBytes;
    return there && index !== undefined && installed.states[index] !== 'absent' ? index : undefined;
  });
}

/** Says of a range of old bytes whether it is there, as far as is known. */
function usableOldFiles(
  rows: readonly (number | undefined)[],
  installed: InstalledTree,
): (range: OldRange) => boolean {
  return ({ oldFile, offset, length }) => {
    const index = rows[oldFile];
    if (index === undefined) return false;
    return installed.damage.get(index)?.misses(offset, length) ?? true;
  };
}

/** Which ranges of new files each segment makes. Files the manifest does not know alike are left out. */
function collectOutputs(patch: Patch, next: Manifest): SegmentOutput[][] {
  const entries = new Map(next.entries.map((entry, index) => [entry.path, index] as const));
  const outputs: SegmentOutput[][] = patch.segments.map(() => []);
  const plans = planSegments(patch);
  for (const made of patch.entries) {
    const plan = plans.get(made.path);
    if (made.kind !== 'file' || plan?.kind !== 'made') continue;
    const entry = entries.get(made.path);
    const file = entry === undefined ? undefined : next.entries[entry];
    if (entry === undefined || file?.kind !== 'file' || file.sizeBytes !== made.sizeBytes) continue;
    for (const { segment, offsetInSegment, fileOffset, length } of plan.pieces) {
      outputs[segment]?.push({ entry, offset: fileOffset, sizeBytes: length, start: offsetInSegment });
    }
  }
  return outputs;
}
