import type { Depot } from '../../backend/api/contract.ts';
import type { Manifest } from '../../patcher/formats/manifest.ts';

/** What the queue needs of the patcher, which runs in a process of its own. */
export interface PatcherPort {
  /** What a job would fetch and write, before anything is touched. */
  readonly plan: (job: PatchJob, signal: AbortSignal) => Promise<PatchPlan>;
  /**
   * Bring a folder to a build. Aborted: it stops at its journal, and the same job later goes on from there.
   * @throws {AppError} with the patcher's, the service's or a storage code.
   */
  readonly apply: (job: PatchJob, run: PatchRun) => Promise<PatchReport>;
  /** Hash everything and say what is damaged. */
  readonly verify: (job: PatchJob, run: PatchRun) => Promise<VerifyReport>;
  /** Throw away what an unfinished job staged; the installed build, if any, stays. */
  readonly discard: (folder: string) => Promise<void>;
  /** Remove an install; with `keepSaves` the player's own files stay. */
  readonly uninstall: (folder: string, options: { readonly keepSaves: boolean }) => Promise<void>;
  /** The verified manifest of the build a folder holds, or null where it holds none. */
  readonly installedManifest: (folder: string) => Promise<InstalledManifest | null>;
  /** The build whose replaced files a folder's install keeps, or null where it keeps none. */
  readonly keptBuild: (folder: string) => Promise<KeptFiles | null>;
  /** Bytes per second over all running jobs; 0: no limit. Holds for running jobs at once. */
  readonly setLimit: (bytesPerSecond: number) => void;
  readonly close: () => Promise<void>;
}

/** One piece of work on one folder. */
export interface PatchJob {
  readonly gameId: string;
  readonly depot: Depot;
  readonly folder: string;
  readonly buildId: number;
  /** Whose newest build it shall be. */
  readonly channel: string;
  /** The build the folder holds, null for a first install. */
  readonly oldBuildId: number | null;
  readonly reason: 'install' | 'update' | 'repair' | 'verify' | 'move' | 'adopt' | 'roll-back' | 'preload';
  /** Of a move: the folder it leads to. */
  readonly to?: string | undefined;
  /** Replace files as it goes, even where both builds would fit. */
  readonly lowSpace?: boolean | undefined;
}

export interface PatchRun {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PatchProgress) => void;
}

export interface PatchPlan {
  readonly route: 'chunks' | 'patch' | 'mixed' | 'none';
  readonly downloadBytes: number;
  readonly requests: number;
  readonly fullBytes: number;
  readonly writeBytes: number;
  /** Patches applied one after the other. */
  readonly patchHops: number;
  /** Bytes made by patches. */
  readonly patchedBytes: number;
  readonly diskPeakBytes: number;
  /** The same when files are replaced as it goes; null where that makes no difference. */
  readonly lowSpacePeakBytes: number | null;
}

/** Where a job stands; totals since its beginning, never going down within a phase. */
export interface PatchProgress {
  readonly phase: 'planning' | 'downloading' | 'patching' | 'verifying' | 'copying' | 'committing';
  readonly route: PatchPlan['route'] | null;
  readonly downloadedBytes: number;
  readonly downloadTotalBytes: number;
  readonly writtenBytes: number;
  readonly writeTotalBytes: number;
  readonly savedBytes: number;
  /** New bytes patches made a second so far; 0 while none was at work. */
  readonly patchBytesPerSecond: number;
}

export interface PatchReport {
  readonly route: PatchPlan['route'];
  readonly downloadedBytes: number;
  readonly fullBytes: number;
  /** Size of the installed tree. */
  readonly totalBytes: number;
  /** Where the install is now, when that changed. */
  readonly folder?: string | undefined;
  /** The disk did not hold both builds, so files were replaced as it went. */
  readonly lowSpace?: boolean;
  /** Files of the build were found wrong on the way. */
  readonly damaged?: boolean;
  /** Folders of the player's that made way for files of the build, and where they are now; paths in the install. */
  readonly rescued?: readonly { readonly path: string; readonly to: string }[];
}

export interface VerifyReport {
  readonly files: number;
  readonly bytes: number;
  readonly damage: readonly DamagedRange[];
}

/** A file range that fails verification; the whole file where it is missing or of another kind. */
export interface DamagedRange {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly reason: string;
}

export interface KeptFiles {
  readonly buildId: number;
  /** What keeping them costs. */
  readonly sizeBytes: number;
}

export interface InstalledManifest {
  readonly buildId: number;
  readonly manifest: Manifest;
}
