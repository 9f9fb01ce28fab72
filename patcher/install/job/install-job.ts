import type { BandwidthLimit } from '../../download/bandwidth-limit.ts';
import type { Clock } from '../../download/clock.ts';
import type { GrantProvider } from '../../download/hosts/grant.ts';
import type { HostHealth } from '../../download/hosts/host-health.ts';
import type { ObjectReference } from '../../download/object-fetcher.ts';
import type { RangeFetch } from '../../download/connection/range-fetch.ts';
import type { MeasuredSpeeds } from '../../plan/estimate-time.ts';
import type { Plan, PlanFigures, Route, RoutePreference } from '../../plan/plan.ts';
import type { DiskMode, PatchPath } from './apply-input.ts';
import type { Rescued } from '../commit/commit-list.ts';
import type { InstallProgress } from '../install-progress.ts';
import type { WriterThreads } from '../staging/writing/writer-threads.ts';

/** A build as the service names it. */
export interface BuildReference {
  readonly buildId: number;
  readonly version: string;
  readonly manifest: ObjectReference;
}

/** The world outside an install. */
export interface InstallPorts {
  readonly grants: GrantProvider;
  readonly fetch: RangeFetch;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly limit?: BandwidthLimit;
  /** What all jobs of the process know of the download hosts. */
  readonly health?: HostHealth;
  /** Of all jobs of the process; each job has its own where there are none. */
  readonly threads?: WriterThreads;
}

/** What every job on an install takes. */
export interface InstallJob {
  /** The install's folder; made if it is not there. */
  readonly root: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: InstallProgress) => void) | undefined;
}

export interface NetworkJob extends InstallJob {
  readonly ports: InstallPorts;
  readonly onPlan?: ((plan: Plan) => void) | undefined;
}

export interface BuildJob extends NetworkJob {
  readonly build: BuildReference;
  /** Patches from the installed build to this one. */
  readonly patches?: readonly ObjectReference[];
  /** Patches that lead there one after the other, through builds nobody needs. */
  readonly chains?: readonly PatchPath[];
  /** What was measured on this computer, to choose a route by its time too; bytes alone decide without. */
  readonly speeds?: MeasuredSpeeds | undefined;
  readonly prefer?: RoutePreference | undefined;
  /**
   * Keep the files this build replaces until the next one, or until their space is wanted: {@link rollBack} then
   * needs no download. Costs what they take on disk ({@link InstallState.previous}).
   */
  readonly keepReplaced?: boolean | undefined;
  /** How the disk is used; by default files are replaced as it goes only where both builds do not fit. */
  readonly diskMode?: DiskMode | undefined;
  /** Bytes a low-space update makes before it puts them in place; 32 MiB unless told. */
  readonly batchBytes?: number | undefined;
}

export interface RollBackJob extends NetworkJob {
  readonly build?: BuildReference | undefined;
  readonly patches?: readonly ObjectReference[];
  readonly chains?: readonly PatchPath[];
  readonly speeds?: MeasuredSpeeds | undefined;
  readonly prefer?: RoutePreference | undefined;
  /** As in {@link BuildJob}: keep what is left now, so that going forward again takes no download either. */
  readonly keepReplaced?: boolean | undefined;
}

/** How a job ended; failures are thrown. */
export type InstallOutcome =
  | {
      readonly kind: 'done';
      readonly route: Route;
      readonly figures: PlanFigures;
      /** Bytes that really came over the network, manifest included. */
      readonly downloadedBytes: number;
      readonly requests: number;
      readonly writtenBytes: number;
      /**
       * Folders (with all that is in them) and files of the player's that made way, for this build or for an earlier one
       * whose job did not live to say so.
       */
      readonly rescued: readonly Rescued[];
    }
  /** Everything is made and checked, and waits: {@link installBuild} of the same build commits it, without the network. */
  | {
      readonly kind: 'staged';
      readonly route: Route;
      readonly figures: PlanFigures;
      readonly downloadedBytes: number;
      readonly requests: number;
      readonly writtenBytes: number;
    }
  /** Stopped by the signal. What is staged stays, for the same call to go on with. */
  | { readonly kind: 'cancelled'; readonly downloadedBytes: number };
