import type { CoalesceOptions } from '../download/coalesce-ranges.ts';
import type { Manifest } from '../formats/manifest.ts';
import { serializeManifest } from '../formats/manifest-format.ts';
import { collectChunkNeeds, planChunkRequests } from '../plan/chunk-needs.ts';
import { ChunkSeeds } from '../plan/chunk-seeds.ts';
import { intactTree } from '../plan/installed-tree.ts';
import { atOnce } from '../threads/slices.ts';

/** What an install or an update fetches. Sums of several are sums of their fields. */
export interface DownloadCosts {
  /** Chunks that are not there yet. */
  readonly chunks: number;
  /** All bytes from the CDN but for the manifest: frames, and what lies between them in joined requests. */
  readonly bytes: number;
  /** Of these, bytes nobody needs. */
  readonly wastedBytes: number;
  /** Without the one for the manifest. */
  readonly requests: number;
  readonly manifestBytes: number;
}

/** `objects`: each chunk is an object of its own, so that nothing is joined. */
export type RequestRule = CoalesceOptions | 'objects';

/**
 * Plan what the launcher would fetch by chunks.
 * @param installed The old build, undamaged; undefined for a new install.
 */
export function computeDownload(
  next: Manifest,
  installed: Manifest | undefined,
  rule: RequestRule,
): DownloadCosts {
  const seeds = installed === undefined ? undefined : atOnce(ChunkSeeds.of(intactTree(installed)));
  const needs = atOnce(collectChunkNeeds(next, next.entries.keys(), { staged: new Map(), seeds }));
  const neededBytes = needs.remote.reduce((sum, row) => sum + (next.chunks.packedBytes[row] as number), 0);
  const common = { chunks: needs.remote.length, manifestBytes: serializeManifest(next).length };
  if (rule === 'objects') {
    return { ...common, bytes: neededBytes, wastedBytes: 0, requests: needs.remote.length };
  }
  const requests = atOnce(planChunkRequests(next, needs.remote, rule));
  const bytes = requests.reduce((sum, { range }) => sum + range.sizeBytes, 0);
  return { ...common, bytes, wastedBytes: bytes - neededBytes, requests: requests.length };
}

export function addCosts(costs: readonly DownloadCosts[]): DownloadCosts {
  const sum = (field: keyof DownloadCosts): number => costs.reduce((total, cost) => total + cost[field], 0);
  return {
    chunks: sum('chunks'),
    bytes: sum('bytes'),
    wastedBytes: sum('wastedBytes'),
    requests: sum('requests'),
    manifestBytes: sum('manifestBytes'),
  };
}
