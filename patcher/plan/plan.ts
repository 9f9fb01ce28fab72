import type { Manifest } from '../formats/manifest.ts';
import type { StagedExtents } from './byte-intervals.ts';
import type { InstalledTree } from './installed-tree.ts';
import type { LowSpacePlan } from './low-space.ts';

/** How one entry of the new build comes to be. `entry` and `oldEntry` index the two manifests. */
export type EntryOperation =
  /** Nothing to do: the same is on disk. */
  | { readonly kind: 'keep'; readonly entry: number }
  /** A preserved file of the player stays, whatever it holds. */
  | { readonly kind: 'preserve'; readonly entry: number }
  /** The bytes are right, the permission bits are not. */
  | { readonly kind: 'mode'; readonly entry: number }
  /** The same bytes lie in another old file. */
  | { readonly kind: 'copy'; readonly entry: number; readonly oldEntry: number }
  | { readonly kind: 'patch'; readonly entry: number }
  | { readonly kind: 'chunks'; readonly entry: number }
  | { readonly kind: 'link'; readonly entry: number }
  | { readonly kind: 'directory'; readonly entry: number };

/** One range of new bytes that a segment makes. */
export interface SegmentOutput {
  /** Index of the new entry. */
  readonly entry: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Where it begins in the segment's own bytes. */
  readonly start: number;
}

/** One segment of a patch as the planner sees it. */
export interface SegmentSummary {
  /** Where it lies in the patch object. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly outputs: readonly SegmentOutput[];
  /** True when its body came with the patch's header. */
  readonly fetched: boolean;
  /** False when old bytes it reads are known to be missing or damaged. */
  readonly usable: boolean;
  /** Old entries it reads. */
  readonly reads: readonly number[];
}

/** A patch that leads from the installed build to the new one. */
export interface PatchCandidate {
  readonly segments: readonly SegmentSummary[];
}

export type Route = 'none' | 'chunks' | 'patch' | 'mixed';

/** Exact figures of a plan, in bytes unless named otherwise. */
export interface PlanFigures {
  /** Fetched from the CDN, gaps of coalesced requests included. */
  readonly downloadBytes: number;
  readonly requests: number;
  /** What the chosen files would download without patch and without the old build. */
  readonly fullDownloadBytes: number;
  /** Written to staging. */
  readonly writeBytes: number;
  /** Most space needed beyond what is used now, until the old files are gone, with the old build playable until then. */
  readonly diskPeakBytes: number;
  /** The same when files are replaced as it goes; null when that was not planned or makes no difference. */
  readonly lowSpacePeakBytes: number | null;
  /** Files made anew. */
  readonly changedFiles: number;
  readonly removedEntries: number;
}

/** Everything decided before anything is touched. */
export interface Plan {
  readonly route: Route;
  readonly operations: readonly EntryOperation[];
  /** Index into the offered patches, when one is used. */
  readonly patch: number | undefined;
  /** Segments to fetch of it, ascending. */
  readonly segments: readonly number[];
  /** Old entries that the new build does not have; never preserved ones. */
  readonly removals: readonly number[];
  readonly figures: PlanFigures;
  /** Set when files are replaced as it goes, for a disk that does not hold old and new at once. */
  readonly lowSpace: LowSpacePlan | undefined;
  /** One sentence for a log: which routes there were and what they cost. */
  readonly explanation: string;
}

export interface PlanInput {
  /** The old build as verified on disk; null for none. */
  readonly installed: InstalledTree | null;
  readonly next: Manifest;
  readonly patches: readonly PatchCandidate[];
  readonly staged: StagedExtents;
  /** New entries at whose path a preserved file already is. */
  readonly preserved: ReadonlySet<number>;
  /** True for paths that belong to the player once they exist. */
  readonly isPreserved: (path: string) => boolean;
}
