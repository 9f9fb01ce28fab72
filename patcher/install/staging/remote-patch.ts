import { openPatch } from '../../delta/apply/open-patch.ts';
import { deltaErrors } from '../../delta/delta-errors.ts';
import { segmentPiecesBySlices } from '../../delta/apply/plan-pieces.ts';
import type { ObjectFetcher, ObjectReference } from '../../download/object-fetcher.ts';
import type { Manifest, TreeEntry } from '../../formats/manifest.ts';
import { inSlices, isPause, type Slices } from '../../threads/slices.ts';
import type { Patch, PatchEntry, PatchSegment } from '../../formats/patch.ts';
import type { InstalledTree } from '../../plan/installed-tree.ts';
import { pairByPath, UNPAIRED } from '../../paths/pair-by-path.ts';
import type { BetweenSegment, PatchCandidate, SegmentOutput, SegmentSummary } from '../../plan/plan.ts';
import { PatchChain } from './patch-chain.ts';

/** A patch object whose header was read. */
export interface PatchHop {
  readonly path: string;
  readonly patch: Patch;
  /** The first bytes of the object, already here: segments that lie in them are not fetched again. */
  readonly head: Uint8Array;
}

/** A patch on the CDN, or a chain of them, whose headers were read; segments are fetched when they are needed. */
export interface RemotePatch extends PatchCandidate, PatchHop {
  readonly between: readonly RemoteBetween[];
  /** The patches before the last, first one first; none for a single patch. */
  readonly hops: readonly PatchHop[];
  readonly chain: PatchChain;
}

export interface RemoteBetween extends BetweenSegment {
  /** Its row in its patch. */
  readonly segment: number;
  readonly needs: readonly number[];
}

/**
 * What the patcher may take while it reads headers, of which these may take half: room for listings of 95,000 to 180,000 files,
 * by how long their names are. An update of 200,000 by patch took 285 to 314 MiB in all, most while its segments were made; by
 * chunks it takes 240.
 */
const MEMORY_BYTES = 200 * 2 ** 20;

/** What the objects of a patch are matched to. */
interface Trees {
  readonly next: Manifest;
  readonly installed: InstalledTree;
  /** Hashes of what a stopped job made on the way of a chain, and that still has them. */
  readonly made: ReadonlySet<string>;
}

/**
 * Read the headers of a patch, or of a chain of patches, and match them to the new manifest and to what is on disk.
 * @param objects In the order in which they are applied; at least one.
 * @throws {AppError} `DOWNLOAD_…`, `PATCH_FORMAT_INVALID`, `PATCH_VERSION_UNSUPPORTED`, `PATCH_HEADER_TOO_LARGE`,
 *   `PATCH_OLD_MISMATCH` when one does not lead to where the next begins.
 */
export async function openRemotePatch(
  fetcher: ObjectFetcher,
  objects: readonly ObjectReference[],
  trees: Trees,
  signal: AbortSignal | undefined,
): Promise<RemotePatch> {
  const opened: PatchHop[] = [];
  const memoryBytes = MEMORY_BYTES / objects.length;
  for (const object of objects) opened.push(await openHop(fetcher, object, { memoryBytes, signal }));
  assertLinked(opened);
  const last = opened.at(-1);
  if (last === undefined) throw new Error('a patch has at least one object');
  const hops = opened.slice(0, -1);
  return inSlices(matchTrees({ ...last, hops }, trees));
}

/** Where the segments of a patch read from, and what they make. */
function* matchTrees(
  remote: Pick<RemotePatch, 'path' | 'patch' | 'head' | 'hops'>,
  { next, installed, made }: Trees,
): Slices<RemotePatch> {
  const { patch: last, head: lastHead, hops } = remote;
  const chain = yield* PatchChain.of([...hops.map(({ patch }) => patch), last], installed);
  const outputs = yield* collectOutputs(last, next);
  const segments: SegmentSummary[] = [];
  for (const [index, segment] of last.segments.entries()) {
    segments.push({
      ...missingOf(lastHead, segment),
      outputs: outputs[index] ?? [],
      ...(yield* chain.sourcesOf(hops.length, index)),
    });
  }
  const between: RemoteBetween[] = [];
  for (const { hop, segment } of chain.between) {
    const { patch, head } = hops[hop] as PatchHop;
    const row = patch.segments[segment] as Patch['segments'][number];
    between.push({
      hop,
      segment,
      ...missingOf(head, row),
      madeBytes: row.newBytes,
      isMade: made.has(row.newSha256),
      needs: (yield* chain.sourcesOf(hop, segment)).needs,
    });
  }
  segments.push(...(yield* relays(last, chain, next)));
  return { ...remote, segments, between, chain };
}

/**
 * What the last patch takes over unchanged, but an earlier one made: no segment of the last makes it, so that each
 * segment it comes from counts as one more, which costs nothing beyond what it needs.
 * @see {@link relayedRow}
 */
function* relays(patch: Patch, chain: PatchChain, next: Manifest): Slices<SegmentSummary[]> {
  if (chain.between.length === 0) return [];
  const entries = yield* pairByPath(next.entries, patch.entries, isMade);
  const handedOn: { readonly row: number; readonly output: SegmentOutput }[] = [];
  let looked = 0;
  for (const file of patch.entries) {
    if (isPause(looked)) yield;
    const entry = entries[looked++] as number;
    if (entry === UNPAIRED || file.kind !== 'file' || file.origin.kind !== 'copy') continue;
    for (const piece of chain.takenOver(file.origin.oldFile, file.sizeBytes) ?? []) {
      if (!('between' in piece)) continue;
      const { between: row, fileOffset: offset, sizeBytes, offset: start } = piece;
      handedOn.push({ row, output: { entry, offset, sizeBytes, start } });
    }
  }
  const segments: SegmentSummary[] = [];
  for (const [row, made] of Map.groupBy(handedOn, ({ row: of }) => of)) {
    const { hop, segment } = chain.between[row] as PatchChain['between'][number];
    const { needs, ...sources } = yield* chain.sourcesOf(hop, segment);
    const outputs = made.map(({ output }) => output);
    segments.push({
      offset: 0,
      sizeBytes: 0,
      fetched: true,
      outputs,
      ...sources,
      needs: [...needs, row],
    });
  }
  return segments;
}

/** The row of `between` that one of a chain's last segments only hands on; undefined for a segment of the last patch. */
export function relayedRow({ patch, segments }: RemotePatch, index: number): number | undefined {
  return index < patch.segments.length ? undefined : segments[index]?.needs?.at(-1);
}

async function openHop(
  fetcher: ObjectFetcher,
  object: ObjectReference,
  { memoryBytes, signal }: { readonly memoryBytes: number; readonly signal: AbortSignal | undefined },
): Promise<PatchHop> {
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
    memoryBytes,
  );
  return { path: object.path, patch, head };
}

/** What a patch leads to is what the next one begins with, by the digests of the whole trees. */
function assertLinked(hops: readonly PatchHop[]): void {
  hops.forEach(({ patch, path }, index) => {
    const before = hops[index - 1]?.patch.newTreeDigest;
    if (before === undefined || before === patch.oldTreeDigest) return;
    throw deltaErrors.error('PATCH_OLD_MISMATCH', {
      path,
      reason: 'does not begin where the one before ends',
    });
  });
}

/** What of a segment did not come with its patch's header; all of it where everything did. */
function missingOf(
  head: Uint8Array,
  { offset, packedBytes }: Pick<PatchSegment, 'offset' | 'packedBytes'>,
): Pick<SegmentSummary, 'offset' | 'sizeBytes' | 'fetched'> {
  const have = Math.max(0, head.length - offset);
  if (have >= packedBytes) return { offset, sizeBytes: packedBytes, fetched: true };
  return { offset: offset + have, sizeBytes: packedBytes - have, fetched: false };
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

/** Which ranges of new files each segment makes. Files the manifest does not know alike are left out. */
function* collectOutputs(patch: Patch, next: Manifest): Slices<SegmentOutput[][]> {
  const entries = yield* pairByPath(next.entries, patch.entries, isMade);
  const pieces = yield* segmentPiecesBySlices(patch);
  const outputs: SegmentOutput[][] = [];
  for (const segment of patch.segments.keys()) {
    yield;
    const made: SegmentOutput[] = [];
    for (const { entry: row, offsetInSegment: start, fileOffset: offset, length } of pieces.of(segment)) {
      const entry = entries[row] as number;
      if (entry !== UNPAIRED) made.push({ entry, offset, sizeBytes: length, start });
    }
    outputs.push(made);
  }
  return outputs;
}

/** Whether a patch makes this entry of the new build. */
function isMade(entry: TreeEntry, made: PatchEntry): boolean {
  return entry.kind === 'file' && made.kind === 'file' && entry.sizeBytes === made.sizeBytes;
}
