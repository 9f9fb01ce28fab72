import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {
  HttpExecutor,
  type DownloadOptions,
  configureRequestUrl,
  configureRequestOptions,
} from 'builder-util-runtime';
import { AppImageUpdater } from 'electron-updater';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { openDocument } from '../../profile/document.ts';
import { createStateStore, type StateStore } from '../../state/state-store.ts';
import { createLauncherUpdate, updateMemorySchema } from '../../updates/launcher-update.ts';
import type { ReleaseRecord } from '../../updates/release-record.ts';
import { emptySlices } from '../../testing/empty-slices.ts';
import { createUpdaterPort } from './updater.ts';

/** Block maps are electron-builder's own; its package has no types for this. */
const { buildBlockMap } = createRequire(import.meta.url)(
  'app-builder-lib/out/targets/blockmap/blockmap.js',
) as {
  buildBlockMap: (
    file: string,
    compression: 'deflate',
  ) => Promise<{ sha512: string; size: number; blockMapSize: number }>;
};

const maker = generateKeyPairSync('ed25519');
const makerKey = Buffer.from(maker.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const OLD = 'Gantry-1.0.0.AppImage';
const NEW = 'Gantry-1.1.0.AppImage';
const appImageBefore = process.env['APPIMAGE'];

let folder: string;
let feed: { server: Server; url: string; bytes: number };
let state: StateStore;
let record: ReleaseRecord;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-updater-'));
  for (const name of ['feed', 'user', 'cache']) await mkdir(path.join(folder, name));
  const old = Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), randomBytes(1_200_000)]);
  const next = Buffer.concat([old.subarray(0, 600_000), randomBytes(30_000), old.subarray(650_000)]);
  await writeFile(path.join(folder, 'feed', OLD), old);
  await writeFile(path.join(folder, 'feed', NEW), next);
  await buildBlockMap(path.join(folder, 'feed', OLD), 'deflate');
  record = await publish('1.1.0', NEW);
  await copyFile(path.join(folder, 'feed', OLD), path.join(folder, OLD));
  await chmod(path.join(folder, OLD), 0o755);
  process.env['APPIMAGE'] = path.join(folder, OLD);
  feed = await serve(path.join(folder, 'feed'));
  state = createStateStore(emptySlices('1.0.0'));
});
afterEach(async () => {
  if (appImageBefore === undefined) delete process.env['APPIMAGE'];
  else process.env['APPIMAGE'] = appImageBefore;
  await new Promise((resolve) => {
    feed.server.close(resolve);
    feed.server.closeAllConnections();
  });
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Put a release into the feed as electron-builder does, with its block map inside the file, and its signed record. */
async function publish(version: string, name: string): Promise<ReleaseRecord> {
  const { sha512, size, blockMapSize } = await buildBlockMap(path.join(folder, 'feed', name), 'deflate');
  const yml = [
    `version: ${version}`,
    'files:',
    `  - url: ${name}`,
    `    sha512: ${sha512}`,
    `    size: ${size}`,
    `    blockMapSize: ${blockMapSize}`,
    `path: ${name}`,
    `sha512: ${sha512}`,
    "releaseDate: '2026-11-01T00:00:00.000Z'",
  ];
  await writeFile(path.join(folder, 'feed', 'latest-linux.yml'), `${yml.join('\n')}\n`);
  const made: ReleaseRecord = {
    product: 'gantry-launcher',
    version,
    minimumVersion: '1.0.0',
    rolloutPercent: 100,
    notes: 'Quicker.',
    files: [{ name, sizeBytes: size, sha512: Buffer.from(sha512, 'base64').toString('hex') }],
  };
  await signRecord(made);
  return made;
}

async function signRecord(value: ReleaseRecord, key: KeyObject = maker.privateKey): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(value));
  const file = path.join(folder, 'feed', `release-${value.version}.json`);
  await writeFile(file, bytes);
  await writeFile(`${file}.sig`, `${sign(null, bytes, key).toString('base64')}\n`);
}

async function serve(root: string) {
  const counted = { bytes: 0 };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const file = path.join(root, path.basename(new URL(request.url ?? '/', 'http://feed').pathname));
    const bytes = await readFile(file).catch(() => null);
    if (bytes === null) {
      response.writeHead(404).end();
      return;
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const part = range === null ? bytes : bytes.subarray(Number(range[1]), Number(range[2]) + 1);
    counted.bytes += part.length;
    response.writeHead(range === null ? 200 : 206, {
      'content-length': part.length,
      ...(range === null ? {} : { 'content-range': `bytes ${range[1]}-${range[2]}/${bytes.length}` }),
    });
    response.end(part);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return Object.assign(counted, { server, url: `http://127.0.0.1:${port}` });
}

/** electron-updater's requests over Node's http, where Electron's net is not. */
class NodeExecutor extends HttpExecutor<ReturnType<typeof httpRequest>> {
  createRequest(options: RequestOptions, callback: (response: IncomingMessage) => void) {
    return httpRequest(options, callback);
  }

  async download(url: URL, destination: string, options: DownloadOptions): Promise<string> {
    return options.cancellationToken.createPromise<string>((resolve, reject, onCancel) => {
      const requestOptions = { headers: options.headers ?? {} };
      configureRequestUrl(url, requestOptions);
      configureRequestOptions(requestOptions);
      const callback = (error: Error | null) => (error === null ? resolve(destination) : reject(error));
      this.doDownload(requestOptions, { destination, options, onCancel, callback, responseHandler: null }, 0);
    });
  }
}

async function openUpdates(version = '1.0.0') {
  const app = {
    version,
    name: 'Gantry',
    isPackaged: true,
    appUpdateConfigPath: path.join(folder, 'app-update.yml'),
    userDataPath: path.join(folder, 'user'),
    baseCachePath: path.join(folder, 'cache'),
    whenReady: () => Promise.resolve(),
    relaunch: () => {},
    quit: () => {},
    onQuit: () => {},
  };
  await writeFile(
    app.appUpdateConfigPath,
    `provider: generic\nurl: ${feed.url}\nupdaterCacheDirName: gantry-updater\n`,
  );
  const updater = new AppImageUpdater(null, app);
  // Its type is Electron's executor; under Node only the base class's methods are called.
  (updater as unknown as { httpExecutor: unknown }).httpExecutor = new NodeExecutor();
  updater.logger = null;
  const port = createUpdaterPort({ updater, feedUrl: feed.url, fetch: globalThis.fetch });
  const installed: string[] = [];
  const memory = await openDocument({
    file: path.join(folder, 'updates.json'),
    version: 1,
    schema: updateMemorySchema,
    defaults: { highestVersion: version, cohort: 'c' },
    now: Date.now,
  });
  const updates = createLauncherUpdate({
    updater: { ...port, quitAndInstall: () => void installed.push('installed') },
    releaseKeys: [makerKey],
    version,
    memory,
    state,
    clock: systemClock,
  });
  return { updates, updater, installed };
}
const shown = () => state.get('launcher').update;
const code = () => {
  const update = shown();
  return update.status === 'failed' ? update.failure.code : update.status;
};

describe('the launcher’s update over a real feed', () => {
  test('is checked, downloaded differentially, verified and ready to install', async () => {
    const { updates, updater, installed } = await openUpdates();
    expect([updater.allowDowngrade, updater.autoDownload, updater.autoInstallOnAppQuit]).toEqual([
      false,
      false,
      false,
    ]);
    await updates.check();
    expect(shown()).toEqual({ status: 'ready', version: '1.1.0', notes: 'Quicker.' });
    const { size } = { size: (await readFile(path.join(folder, 'feed', NEW))).length };
    expect(feed.bytes).toBeLessThan(size / 3);
    await updates.restartToUpdate();
    expect(installed).toEqual(['installed']);
  });

  test('without a signed record changes nothing and downloads nothing', async () => {
    await rm(path.join(folder, 'feed', 'release-1.1.0.json.sig'));
    const { updates } = await openUpdates();
    await updates.check();
    expect(code()).toBe('UPDATE_RECORD_MISSING');
    expect(feed.bytes).toBeLessThan(10_000);
  });

  test('signed by another is refused', async () => {
    await signRecord(record, generateKeyPairSync('ed25519').privateKey);
    const { updates } = await openUpdates();
    await updates.check();
    expect(code()).toBe('UPDATE_RECORD_UNTRUSTED');
  });

  test('of an older version is not offered by the feed, nor accepted below the newest ever seen', async () => {
    const newer = await openUpdates('2.0.0');
    await newer.updates.check();
    expect(code()).toBe('idle');

    await writeFile(
      path.join(folder, 'updates.json'),
      JSON.stringify({ version: 1, value: { highestVersion: '1.5.0', cohort: 'c' } }),
    );
    const { updates } = await openUpdates();
    await updates.check();
    expect(code()).toBe('UPDATE_DOWNGRADE');
  });

  test('under another version’s record is refused', async () => {
    const bytes = await readFile(path.join(folder, 'feed', 'release-1.1.0.json'));
    const other = { ...record, version: '1.0.5' };
    await signRecord(other);
    for (const end of ['', '.sig']) {
      await copyFile(
        path.join(folder, 'feed', `release-1.0.5.json${end}`),
        path.join(folder, 'feed', `release-1.1.0.json${end}`),
      );
    }
    expect(bytes.length).toBeGreaterThan(0);
    const { updates } = await openUpdates();
    await updates.check();
    expect(code()).toBe('UPDATE_DOWNGRADE');
  });

  test('whose file was swapped together with the feed is refused before it is downloaded', async () => {
    const signedBefore = await readFile(path.join(folder, 'feed', 'release-1.1.0.json'));
    const signature = await readFile(path.join(folder, 'feed', 'release-1.1.0.json.sig'));
    await writeFile(path.join(folder, 'feed', NEW), randomBytes(400_000));
    await publish('1.1.0', NEW);
    await writeFile(path.join(folder, 'feed', 'release-1.1.0.json'), signedBefore);
    await writeFile(path.join(folder, 'feed', 'release-1.1.0.json.sig'), signature);
    const { updates } = await openUpdates();
    await updates.check();
    expect(code()).toBe('UPDATE_FILE_MISMATCH');
  });

  test('whose file is swapped after the download is deleted instead of installed', async () => {
    const { updates, installed } = await openUpdates();
    await updates.check();
    const file = path.join(folder, 'cache', 'gantry-updater', 'pending', NEW);
    await writeFile(file, 'evil');
    await expect(updates.restartToUpdate()).rejects.toMatchObject({ code: 'UPDATE_FILE_MISMATCH' });
    expect(installed).toEqual([]);
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('with no feed leaves the launcher as it is and says so', async () => {
    await rm(path.join(folder, 'feed', 'latest-linux.yml'));
    const { updates } = await openUpdates();
    await updates.check();
    expect(code()).toBe('UPDATE_FEED_UNREACHABLE');
    await expect(updates.restartToUpdate()).rejects.toMatchObject({ code: 'UPDATE_NOT_READY' });
  });

  test('waits for its turn in a rollout', async () => {
    await signRecord({ ...record, rolloutPercent: 0 });
    const { updates } = await openUpdates();
    await updates.check();
    expect(code()).toBe('idle');
  });
});

test('a Windows installer is refused by our verifier, also when the verifier itself fails', async () => {
  const fake = {
    verifyUpdateCodeSignature: async (): Promise<string | null> => null,
    on: () => fake,
    off: () => fake,
    setFeedURL: () => {},
    channel: null,
    allowDowngrade: true,
    downloadUpdate: async () => {
      const refusal = await fake.verifyUpdateCodeSignature();
      if (refusal !== null) throw new Error(refusal);
      return ['file.exe'];
    },
  };
  const port = createUpdaterPort({ updater: fake as never, feedUrl: feed.url, fetch: globalThis.fetch });
  expect(fake.allowDowngrade).toBe(false);
  const broken = async () => {
    throw new TypeError('the verifier crashed');
  };
  await expect(port.download({ onFraction: () => {}, accept: broken })).rejects.toThrow(
    'the verifier crashed',
  );
});
