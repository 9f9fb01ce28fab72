import { spawn } from 'node:child_process';
import type { Opener } from '../../play/game-host.ts';

/**
 * Opens windows with what the system has: the default browser and the file manager.
 * Without a display the address is only printed; whoever has a browser on this machine can open it.
 */
export function createSystemOpener(options: { readonly say: (line: string) => void }): Opener {
  return {
    openGameWindow: async ({ url, title }) => {
      options.say(`${title} is served at ${url} (this address works once)`);
      if (hasDisplay()) await openWithSystem(url);
      return { closed: null, closedIsSure: false, close: () => {} };
    },
    openFolder: openWithSystem,
    openPage: async (url) => {
      options.say(`Open ${url} in a browser`);
      if (hasDisplay()) await openWithSystem(url);
    },
    openClockSettings: async () => {
      options.say('Set the clock in the system’s settings');
      if (hasDisplay()) await openClockSettings();
    },
  };
}

function hasDisplay(): boolean {
  if (process.platform === 'win32' || process.platform === 'darwin') return true;
  return Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

/** What opens an address or a folder. */
function openWithSystem(target: string): Promise<void> {
  const command = { win32: 'explorer.exe', darwin: 'open' }[process.platform as string] ?? 'xdg-open';
  return start(command, [target]);
}

/** Show where the system sets its clock; systems without such a place show nothing. */
export function openClockSettings(): Promise<void> {
  switch (process.platform) {
    case 'win32':
      return start('explorer.exe', ['ms-settings:dateandtime']);
    case 'darwin':
      return start('open', ['x-apple.systempreferences:com.apple.Date-Time-Settings.extension']);
    default:
      return start('gnome-control-center', ['system']);
  }
}

/** Without a shell in between. */
function start(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true, shell: false });
    // No such program: the printed address is what remains.
    child.once('error', () => resolve());
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
