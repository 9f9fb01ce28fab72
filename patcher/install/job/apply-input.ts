import type { CoalesceOptions } from '../../download/coalesce-ranges.ts';
import type { ObjectFetcher, ObjectReference } from '../../download/object-fetcher.ts';
import type { Manifest, TreeEntry } from '../../formats/manifest.ts';
import type { MeasuredSpeeds } from '../../plan/estimate-time.ts';
import type { InstalledTree } from '../../plan/installed-tree.ts';
import type { Plan, RoutePreference } from '../../plan/plan.ts';
import type { BuildIdentity, JournalContent } from '../state/journal-format.ts';
import type { KeptBuild } from '../commit/kept-build.ts';
import type { ProgressMeter } from '../install-progress.ts';
import type { WriterThreads } from '../staging/writing/writer-threads.ts';
import type { StateFolder } from '../state/state-folder.ts';

/**
 * Whether changed files are made complete beside the old ones (`whole`: the old build stays playable until the
 * end), or replaced as it goes (`low-space`), or the latter only where the former does not fit.
 */
export type DiskMode = 'auto' | 'whole' | 'low-space';

/** Patches that lead from the installed build to the new one, one after the other; mostly a single one. */
export type PatchPath = readonly ObjectReference[];

/** Everything needed to bring an install to a build. */
export interface ApplyInput {
  readonly state: StateFolder;
  readonly build: BuildIdentity;
  readonly next: Manifest;
  /** The old build as it lies on disk; null for none. */
  readonly installed: InstalledTree | null;
  /** Old files that may go when the new build lacks them: an adopted folder's other files are the player's. */
  readonly isOurs: (entry: TreeEntry) => boolean;
  /** Each a patch to the new build, or a chain of several, in the order in which they are applied. */
  readonly patches: readonly PatchPath[];
  readonly speeds?: MeasuredSpeeds | undefined;
  readonly prefer?: RoutePreference | undefined;
  readonly pending: JournalContent | undefined;
  /** Keep the files this build replaces, so that going back to them takes no download. */
  readonly keepReplaced: boolean;
  /** Files of this very build that an earlier update kept. */
  readonly kept: KeptBuild | undefined;
  readonly diskMode: DiskMode;
  /** Bytes a low-space update makes before it puts them in place. */
  readonly batchBytes?: number | undefined;
  /** How ranges of packs are joined, where not as usual. */
  readonly coalescing?: CoalesceOptions | undefined;
  /** Stop when everything is made and checked, for a later call to commit without the network. */
  readonly hold?: boolean;
  readonly threads: WriterThreads;
  readonly fetcher: ObjectFetcher;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal | undefined;
  readonly onPlan?: ((plan: Plan) => void) | undefined;
}
