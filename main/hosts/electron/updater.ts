import path from 'node:path';
import type { AppUpdater, UpdateInfo } from 'electron-updater';
import { launcherErrors } from '../../launcher-errors.ts';
import { RECORD_MAX_BYTES } from '../../updates/release-record.ts';
import type { OfferedFile, UpdaterPort } from '../../updates/updater-port.ts';

export interface UpdaterOptions {
  readonly updater: AppUpdater;
  /** Where the feed's files lie. */
  readonly feedUrl: string;
  readonly fetch: typeof globalThis.fetch;
}

const RECORD_TIMEOUT_MS = 15_000;

/**
 * electron-updater as the launcher's updater port. Feed, differential download and installing are its; what may be
 * installed is decided by the launcher's own signed record.
 */
export function createUpdaterPort({ updater, feedUrl, fetch }: UpdaterOptions): UpdaterPort {
  updater.autoDownload = false;
  // Quitting must not install a file that was checked hours ago; `quitAndInstall` checks again first.
  updater.autoInstallOnAppQuit = false;
  updater.autoRunAppAfterInstall = true;
  updater.disableWebInstaller = true;
  updater.fullChangelog = false;
  // A feed of its own: no multi-range requests, which CloudFront and S3 do not answer.
  updater.setFeedURL({
    provider: 'generic',
    url: feedUrl,
    channel: 'latest',
    useMultipleRangeRequest: false,
  });
  updater.channel = 'latest';
  // Setting a channel switches this on; it must be off whatever the feed says.
  updater.allowDowngrade = false;
  updater.allowPrerelease = false;

  return {
    check: async () => {
      const result = await updater.checkForUpdates();
      if (result?.isUpdateAvailable !== true) return null;
      return { version: result.updateInfo.version, files: offeredFiles(result.updateInfo) };
    },
    fetchRecord: async (version) => {
      const name = `release-${encodeURIComponent(version)}.json`;
      const [bytes, signature] = await Promise.all([
        fetchSmall(fetch, joinUrl(feedUrl, name)),
        fetchSmall(fetch, joinUrl(feedUrl, `${name}.sig`)),
      ]);
      if (bytes === null || signature === null) return null;
      return { bytes, signature: Buffer.from(Buffer.from(signature).toString('utf8').trim(), 'base64') };
    },
    download: async ({ onFraction, accept }) => {
      const onProgress = ({ percent }: { percent: number }) => onFraction(percent / 100);
      updater.on('download-progress', onProgress);
      refuseUnsignedInstallers(updater, accept);
      try {
        const [file] = await updater.downloadUpdate();
        if (file === undefined) throw launcherErrors.error('UPDATE_FEED_UNREACHABLE');
        return file;
      } finally {
        updater.off('download-progress', onProgress);
      }
    },
    quitAndInstall: () => updater.quitAndInstall(true, true),
  };
}

/**
 * On Windows electron-updater asks a verifier before it takes a file, and its own accepts where there is no publisher
 * name or no PowerShell. Ours is the signed record: `null` accepts, a text refuses, and a verifier that fails refuses.
 */
function refuseUnsignedInstallers(updater: AppUpdater, accept: (file: string) => Promise<void>): void {
  if (!('verifyUpdateCodeSignature' in updater)) return;
  updater.verifyUpdateCodeSignature = async (_publishers: string[], file: string): Promise<string | null> => {
    try {
      await accept(file);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : 'refused';
    }
  };
}

/** The feed's files; hashes there are base64. */
function offeredFiles(info: UpdateInfo): OfferedFile[] {
  return info.files.map(({ url, sha512 }) => ({
    name: path.posix.basename(url),
    sha512: Buffer.from(sha512, 'base64').toString('hex'),
  }));
}

async function fetchSmall(fetch: typeof globalThis.fetch, url: string): Promise<Uint8Array | null> {
  const response = await fetch(url, { signal: AbortSignal.timeout(RECORD_TIMEOUT_MS), redirect: 'error' });
  if (response.status === 404 || response.status === 403) return null;
  if (!response.ok) throw launcherErrors.error('UPDATE_FEED_UNREACHABLE', { status: response.status });
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of response.body ?? []) {
    sizeBytes += part.length;
    if (sizeBytes > RECORD_MAX_BYTES) throw launcherErrors.error('UPDATE_RECORD_UNTRUSTED');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function joinUrl(base: string, name: string): string {
  return new URL(name, base.endsWith('/') ? base : `${base}/`).href;
}
