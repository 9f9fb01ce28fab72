import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from './commands.ts';
import type { Stage } from './stage.ts';

export interface OpenLauncher {
  /** Where to look, for the browser host; undefined where a window opened by itself. */
  readonly url: string | undefined;
  readonly exited: Promise<number | null>;
  readonly stop: () => Promise<void>;
}

/**
 * Open the launcher: the Electron app where Electron's binary is present and there is a display, else the same
 * launcher in the browser.
 */
export async function openLauncher(options: {
  readonly stage: Stage;
  readonly port: number;
}): Promise<OpenLauncher> {
  const electron = findElectron();
  return electron === undefined ? await openInBrowser(options) : openElectron(electron, options.stage);
}

async function openInBrowser({ stage, port }: { stage: Stage; port: number }): Promise<OpenLauncher> {
  const { ready, exited, stop } = await startProgram(
    'browser-launcher',
    ['--server', stage.url, '--port', String(port)],
    stage.player,
  );
  return { url: String(ready['url']), exited, stop };
}

function openElectron(electron: string, stage: Stage): OpenLauncher {
  const project = fileURLToPath(new URL('../../', import.meta.url));
  const child = spawn(electron, [project], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...stage.player.environment,
      GANTRY_HOME: stage.player.home,
      GANTRY_SERVER: stage.url,
    },
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  return { url: undefined, exited, stop };
}

/** The npm package may be installed without its binary, and a binary is of no use without a display or a built app. */
export function findElectron(): string | undefined {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
    return undefined;
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const names = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' } as const;
  const name =
    process.platform === 'win32' || process.platform === 'darwin' ? names[process.platform] : 'electron';
  const binary = join(folder, 'dist', name);
  const app = fileURLToPath(new URL('../../out/main/index.js', import.meta.url));
  return existsSync(binary) && existsSync(app) ? binary : undefined;
}
