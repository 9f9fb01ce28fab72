import type { LauncherState } from '../../preload/contract.ts';
import { request } from './bridge.ts';
import { createMirrorStore } from './mirror-store.ts';
import { report } from './notices.ts';

export const useLauncher = createMirrorStore<LauncherState>({
  version: '',
  host: 'browser',
  update: { status: 'unsupported' },
});

export const checkLauncherUpdate = () => report(request('launcher:check-update', {}));

export const restartToUpdate = () => report(request('launcher:restart-to-update', {}));

export const openCaptivePortal = () => report(request('launcher:open-captive-portal', {}));

export const openClockSettings = () => report(request('launcher:open-clock-settings', {}));

export const collectDiagnostics = () => request('launcher:diagnostics', {});
