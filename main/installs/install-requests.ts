import path from 'node:path';
import { installErrors } from '../../patcher/install/install-errors.ts';
import type { Settings } from '../../preload/contract.ts';
import { launcherErrors } from '../launcher-errors.ts';
import type { LibraryService } from '../library/library.ts';
import type { InstalledRecord } from '../library/library-cache.ts';
import { folderOwner } from './folder-owner.ts';
import type { InstallQueue, QueuedJob } from './jobs/install-queue.ts';
import { targetOf } from './jobs/job-target.ts';
import type { PatcherPort } from './patcher-port.ts';
import type { QueueControl } from './jobs/queue-control.ts';

export interface RequestPorts {
  readonly queue: InstallQueue;
  readonly patcher: PatcherPort;
  readonly library: LibraryService;
  readonly settings: () => Settings;
  readonly platform: NodeJS.Platform;
  readonly isRunning: (gameId: string) => boolean;
}

export interface UpdateOptions {
  /** Replace files as it goes, even where both builds would fit. */
  readonly lowSpace?: boolean | undefined;
}

/** What players ask for, as jobs in the queue. */
export interface InstallRequests {
  readonly install: (gameId: string, folder?: string) => Promise<void>;
  readonly update: (gameId: string, options?: UpdateOptions) => Promise<void>;
  /** Make the build that is announced, or the update, ready without putting it in place. @throws {AppError} `INSTALL_NOTHING_TO_PRELOAD`. */
  readonly preload: (gameId: string, scheduled?: boolean) => Promise<void>;
  readonly verify: (gameId: string) => Promise<void>;
  readonly repair: (gameId: string) => Promise<void>;
  /** Move an install to another folder or drive. @throws {AppError} `INSTALL_FOLDER_IN_USE`, `INSTALL_BUSY`. */
  readonly relocate: (gameId: string, folder: string) => Promise<void>;
  /** Make an install of a folder that holds some copy of the game already. */
  readonly adopt: (gameId: string, folder: string) => Promise<void>;
  /** Return to the build before the last update, and stay there: updates then wait to be asked for. */
  readonly rollBack: (gameId: string) => Promise<void>;
  /** What a roll-back would find of its build on the disk; null where it has to download. */
  readonly readKept: (gameId: string) => Promise<{ readonly sizeBytes: number } | null>;
  readonly uninstall: (gameId: string, keepSaves: boolean) => Promise<void>;
}

export function createInstallRequests(
  ports: RequestPorts,
  { enqueue, replaceWaiting }: Pick<QueueControl, 'enqueue' | 'replaceWaiting'>,
): InstallRequests {
  const { queue, library, patcher } = ports;
  const assertFolderFree = (folder: string, gameId: string) => {
    const owner = folderOwner(folder, gameId, [...library.allInstalled(), ...queue.jobs()]);
    if (owner !== undefined) throw launcherErrors.error('INSTALL_FOLDER_IN_USE', { folder, owner });
  };
  const assertNotRunning = (gameId: string) => {
    if (ports.isRunning(gameId)) throw launcherErrors.error('INSTALL_GAME_RUNNING', { gameId });
  };
  const beginInstall = async (gameId: string, reason: 'install' | 'adopt', folder?: string) => {
    const installed = library.installed(gameId);
    if (installed !== undefined) {
      throw launcherErrors.error('INSTALL_ALREADY_INSTALLED', { gameId, folder: installed.folder });
    }
    const job = jobFor(ports, { gameId, reason, folder });
    assertFolderFree(job.folder, gameId);
    await enqueue(job);
  };
  const beginWork = (gameId: string, reason: 'update' | 'verify' | 'repair', options: UpdateOptions = {}) => {
    requireInstalled(library, gameId);
    return enqueue({ ...jobFor(ports, { gameId, reason }), ...options });
  };

  return {
    install: (gameId, folder) => beginInstall(gameId, 'install', folder),
    adopt: (gameId, folder) => beginInstall(gameId, 'adopt', folder),
    update: (gameId, options) => beginWork(gameId, 'update', options),
    verify: (gameId) => beginWork(gameId, 'verify'),
    repair: (gameId) => beginWork(gameId, 'repair'),
    preload: async (gameId, scheduled = false) => {
      requireInstalled(library, gameId);
      const job = jobFor(ports, { gameId, reason: 'preload' });
      if (library.game(gameId).preload?.ready !== true) await enqueue({ ...job, scheduled });
    },
    relocate: async (gameId, folder) => {
      const record = requireInstalled(library, gameId);
      const to = path.resolve(folder);
      assertFolderFree(to, gameId);
      assertNotRunning(gameId);
      const existing = queue.find(gameId);
      // The same move goes on; one that leads elsewhere gives way.
      if (existing?.reason === 'move' && existing.to !== to) await replaceWaiting(existing);
      await enqueue({ ...jobFor(ports, { gameId, reason: 'move' }), folder: record.folder, to });
    },
    rollBack: async (gameId) => {
      const { previous } = requireInstalled(library, gameId);
      if (previous === null) throw installErrors.error('INSTALL_NO_PREVIOUS');
      await enqueue({ ...jobFor(ports, { gameId, reason: 'roll-back' }), build: previous });
    },
    readKept: async (gameId) => {
      const { folder, previous } = requireInstalled(library, gameId);
      const kept = await patcher.keptBuild(folder);
      return kept === null || kept.buildId !== previous?.buildId ? null : { sizeBytes: kept.sizeBytes };
    },
    uninstall: async (gameId, keepSaves) => {
      const record = requireInstalled(library, gameId);
      assertNotRunning(gameId);
      if (queue.find(gameId) !== undefined) throw launcherErrors.error('INSTALL_BUSY', { gameId });
      await patcher.uninstall(record.folder, { keepSaves });
      await library.setInstalled(gameId, undefined);
    },
  };
}

interface JobWish<Reason extends QueuedJob['reason']> {
  readonly gameId: string;
  readonly reason: Reason;
  /** Where to install; by default a folder of the game's name in the install folder. */
  readonly folder?: string | undefined;
}

/** The job for what is asked, with the build and place it has now. */
export function jobFor<Reason extends QueuedJob['reason']>(
  { library, settings, platform }: Pick<RequestPorts, 'library' | 'settings' | 'platform'>,
  { gameId, reason, folder }: JobWish<Reason>,
): QueuedJob & { readonly reason: Reason } {
  const target = targetOf(library, gameId, reason, platform);
  const installed = library.installed(gameId);
  return {
    gameId,
    reason,
    paused: false,
    scheduled: false,
    build: target.build,
    depot: target.depot,
    channel: target.channel,
    folder: installed?.folder ?? path.resolve(folder ?? path.join(settings().installFolder, gameId)),
    oldBuildId: installed?.build.buildId ?? null,
  };
}

function requireInstalled(library: LibraryService, gameId: string): InstalledRecord {
  const record = library.installed(gameId);
  if (record !== undefined) return record;
  library.game(gameId); // Says so where the library has no such game at all.
  throw launcherErrors.error('INSTALL_NOT_INSTALLED', { gameId });
}
