import type { CoalesceOptions } from '../download/coalesce-ranges.ts';
import type { Manifest } from '../formats/manifest.ts';
import type { StagedExtents } from './byte-intervals.ts';
import type { MeasuredSpeeds } from './estimate-time.ts';
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
  /** Where it lies in the patch object; where some of it came with the header, the rest. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly outputs: readonly SegmentOutput[];
  /** True when all of its body came with the patch's header. */
  readonly fetched: boolean;
  /** False when old bytes it reads are known to be missing or damaged. */
  readonly usable: boolean;
  /** Old entries it reads, through other segments too. */
  readonly reads: readonly number[];
  /** Of the last patch of a chain: the segments before it that it reads from, and those they read from, ascending. */
  readonly needs?: readonly number[];
}

/** A segment of an earlier patch of a chain: what it makes is of no file of the new build, but is read to make one. */
export interface BetweenSegment {
  /** Which patch of the chain it is of, from 0. */
  readonly hop: number;
  /** Where it lies in that patch's object. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly madeBytes: number;
  /** True when all of its body came with the patch's header. */
  readonly fetched: boolean;
  /** True when a stopped job has made it, and it still has its hash. */
  readonly isMade: boolean;
}

/** A patch that leads from the installed build to the new one, or a chain of patches, each to the next one's old build. */
export interface PatchCandidate {
  /** Of the last patch, which makes the new build. */
  readonly segments: readonly SegmentSummary[];
  /** Of the patches before it, in an order in which each reads only from earlier ones; none for a single patch. */
  readonly between?: readonly BetweenSegment[];
}

export type Route = 'none' | 'chunks' | 'patch' | 'mixed';

/**
 * What a route is chosen for: the fewest bytes, the least time, or (`balanced`) the fewest bytes unless that takes
 * clearly longer. Without measured speeds all three choose by bytes.
 */
export type RoutePreference = 'balanced' | 'bytes' | 'time';

/** Exact figures of a plan, in bytes unless named otherwise. */
export interface PlanFigures {
  /** Fetched from the CDN, gaps of coalesced requests included. */
  readonly downloadBytes: number;
  readonly requests: number;
  /** What the chosen files would download without patch and without the old build. */
  readonly fullDownloadBytes: number;
  /** Written to staging, what a chain makes on its way included. */
  readonly writeBytes: number;
  /** Of these, made by patches. */
  readonly patchedBytes: number;
  /** Patches applied one after the other: 0 for none, more than 1 for a chain. */
  readonly patchHops: number;
  /** By measured speeds, at least 1 when there is anything to do; null while the speed that would decide is unknown. */
  readonly seconds: number | null;
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
  /** Where it is a chain: the segments before it to make first, ascending. */
  readonly between: readonly number[];
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
  /** What was measured on this computer; none by default. */
  readonly speeds?: MeasuredSpeeds | undefined;
  /** `balanced` unless told. */
  readonly prefer?: RoutePreference | undefined;
  /** How ranges of packs are joined, where not as usual. */
  readonly coalescing?: CoalesceOptions | undefined;
}
