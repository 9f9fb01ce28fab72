// The Electron app's entry.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as electron from 'electron';
import electronUpdater from 'electron-updater';
import { toAppError } from '../../failure.ts';
import { isMissing } from '../../profile/document.ts';
import { runElectronHost } from './electron-host.ts';
import { createUpdaterPort } from './updater.ts';

/** The maker's public keys, written in when the app is built; see electron.vite.config.ts. */
declare const __GANTRY_RELEASE_KEYS__: string;

/** The root of trust of the service this launcher is for, likewise. */
declare const __GANTRY_TRUST_ROOT__: string;

const releaseKeys = __GANTRY_RELEASE_KEYS__
  .split(',')
  .filter(Boolean)
  .map((key) => Buffer.from(key, 'base64'));

try {
  await runHost();
} catch (error) {
  const { message, next } = toAppError(error);
  electron.dialog.showErrorBox(message, next);
  electron.app.exit(1);
}

async function runHost(): Promise<void> {
  await runElectronHost({
    electron,
    outFolder: fileURLToPath(new URL('..', import.meta.url)),
    argv: process.argv,
    environment: process.env,
    releaseKeys,
    trustRoot: __GANTRY_TRUST_ROOT__,
    createUpdater: async (fetch) => {
      const feedUrl = electron.app.isPackaged ? await readFeedUrl() : null;
      return feedUrl === null
        ? null
        : createUpdaterPort({ updater: electronUpdater.autoUpdater, feedUrl, fetch });
    },
  });
}

/** The feed electron-builder wrote beside the archive; null in a build that was not made to update itself. */
async function readFeedUrl(): Promise<string | null> {
  try {
    const text = await readFile(path.join(process.resourcesPath, 'app-update.yml'), 'utf8');
    return /^url: ['"]?(https:\/\/[^\s'"]+)['"]?$/m.exec(text)?.[1] ?? null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
