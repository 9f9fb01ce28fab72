import type { Settings, SettingsState } from '../../preload/contract.ts';
import { request } from './bridge.ts';
import { createMirrorStore } from './mirror-store.ts';
import { report } from './notices.ts';

export const useSettings = createMirrorStore<SettingsState>({
  settings: {
    theme: 'dark',
    textScale: 1,
    reducedMotion: 'system',
    installFolder: '',
    downloadLimitBytesPerSecond: 0,
    downloadsAtOnce: 1,
    slowWhilePlaying: true,
    keepPrevious: true,
    downloadWindow: null,
    routePreference: 'balanced',
    defaultUpdatePolicy: 'automatic',
    startWithSystem: false,
    telemetry: false,
  },
  locations: [],
});

export const updateSettings = (change: Partial<Settings>) => report(request('settings:update', change));
