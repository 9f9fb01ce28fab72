import type { LauncherState, RequestArgument } from '../../preload/contract.ts';
import { request } from './bridge.ts';
import { createMirrorStore } from './mirror-store.ts';
import { report } from './notices.ts';

export const useLauncher = createMirrorStore<LauncherState>({
  version: '',
  host: 'browser',
  choosesFolders: false,
  update: { status: 'unsupported' },
});

export const checkLauncherUpdate = () => report(request('launcher:check-update', {}));

export const restartToUpdate = () => report(request('launcher:restart-to-update', {}));

export const openCaptivePortal = () => report(request('launcher:open-captive-portal', {}));

export const openClockSettings = () => report(request('launcher:open-clock-settings', {}));

/** @returns null where none was chosen; why the window could not be shown is told as a notice. */
export async function chooseFolder(
  argument: RequestArgument<'launcher:choose-folder'>,
): Promise<string | null> {
  const asked = request('launcher:choose-folder', argument);
  await report(asked);
  const answer = await asked;
  return answer.ok ? answer.value.folder : null;
}

export const collectDiagnostics = () => request('launcher:diagnostics', {});
