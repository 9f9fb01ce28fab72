import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type Settings, settingsSchema } from '../../preload/contract.ts';
import { toAppError } from '../failure.ts';
import { launcherErrors } from '../launcher-errors.ts';
import { type Document, isMissing, openDocument } from '../profile/document.ts';
import type { StateStore } from '../state/state-store.ts';

/** Bump when a stored value changes its meaning; an older file is kept aside. */
const SETTINGS_VERSION = 1;

export interface SettingsPorts {
  readonly profileFolder: string;
  readonly state: StateStore;
  readonly now: () => number;
  /** Does what the system must be told: starting with it. Hosts that cannot give none. */
  readonly setStartWithSystem?: (on: boolean) => void;
}

export interface SettingsService {
  readonly get: () => Settings;
  readonly update: (change: Partial<Settings>) => Promise<void>;
  readonly onChange: (listener: (settings: Settings) => void) => void;
  /** Look again at the free space of the places games can go to. */
  readonly refreshLocations: (alsoFolders?: readonly string[]) => Promise<void>;
}

export function defaultSettings(profileFolder: string): Settings {
  return {
    theme: 'dark',
    textScale: 1,
    reducedMotion: 'system',
    installFolder: path.join(profileFolder, 'games'),
    downloadLimitBytesPerSecond: 0,
    downloadsAtOnce: 1,
    slowWhilePlaying: true,
    keepPrevious: true,
    downloadWindow: null,
    routePreference: 'balanced',
    defaultUpdatePolicy: 'automatic',
    startWithSystem: false,
    telemetry: false,
  };
}

/** Open the player's settings; an unreadable file is kept aside, the defaults take its place and a notice says so. */
export async function openSettings(ports: SettingsPorts): Promise<SettingsService> {
  const defaults = defaultSettings(ports.profileFolder);
  const document: Document<Settings> = await openDocument({
    file: path.join(ports.profileFolder, 'settings.json'),
    version: SETTINGS_VERSION,
    schema: storedSettings(defaults),
    defaults,
    now: ports.now,
  });
  const listeners = new Set<(settings: Settings) => void>();
  const publish = () => {
    const { locations } = ports.state.get('settings');
    ports.state.set('settings', { settings: document.get(), locations });
  };
  publish();
  if (document.keptAside !== null) {
    ports.state.notice({
      kind: 'info',
      title: 'Your settings were reset',
      text: `The settings file could not be read. It is kept as ${path.basename(document.keptAside)}.`,
      gameId: null,
    });
  }

  const refreshLocations = async (alsoFolders: readonly string[] = []) => {
    const folders = [...new Set([document.get().installFolder, ...alsoFolders])];
    const locations = await Promise.all(folders.map(measureLocation));
    ports.state.set('settings', { settings: document.get(), locations });
  };

  return {
    get: document.get,
    onChange: (listener) => void listeners.add(listener),
    refreshLocations,
    update: async (change) => {
      if (change.installFolder !== undefined) await assertUsable(change.installFolder);
      const before = document.get();
      await document.update((settings) => ({ ...settings, ...change }));
      publish();
      const after = document.get();
      if (after.startWithSystem !== before.startWithSystem) ports.setStartWithSystem?.(after.startWithSystem);
      for (const listener of listeners) listener(after);
      if (after.installFolder !== before.installFolder) await refreshLocations();
    },
  };
}

/** What an earlier launcher did not know of takes its default, instead of everything being reset. */
function storedSettings(defaults: Settings): z.ZodType<Settings> {
  const complete = (stored: unknown) =>
    typeof stored === 'object' && stored !== null ? { ...defaults, ...stored } : stored;
  return z.preprocess(complete, settingsSchema);
}

/** Before it is kept, because a folder that cannot be would stop every later install. @throws {AppError} `SETTING_FOLDER_UNUSABLE`. */
async function assertUsable(folder: string): Promise<void> {
  if (!path.isAbsolute(folder)) throw launcherErrors.error('SETTING_FOLDER_UNUSABLE', { folder });
  await measureLocation(folder).catch((cause: unknown) => {
    throw launcherErrors.error('SETTING_FOLDER_UNUSABLE', { folder }, cause);
  });
}

/** Free and total bytes of the drive that holds, or will hold, a folder. */
export async function measureLocation(
  folder: string,
): Promise<{ folder: string; freeBytes: number; totalBytes: number }> {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      const stats = await statfs(at);
      return { folder, freeBytes: stats.bavail * stats.bsize, totalBytes: stats.blocks * stats.bsize };
    } catch (error) {
      // Not made yet: its nearest existing parent is on the same drive.
      if (isMissing(error) && path.dirname(at) !== at) continue;
      if (path.dirname(at) === at) return { folder, freeBytes: 0, totalBytes: 0 };
      throw toAppError(error);
    }
  }
}
