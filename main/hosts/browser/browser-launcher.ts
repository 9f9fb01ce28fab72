#!/usr/bin/env node
// The launcher in a browser, as a program: prints its address, runs until asked to end.
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { exitCodeOf } from '../../../patcher/terminal/exit-codes.ts';
import { systemClock } from '../../clock.ts';
import { toAppError } from '../../failure.ts';
import { createPatcher } from '../../installs/process-patcher.ts';
import { launcherErrors } from '../../launcher-errors.ts';
import { resolveProfileFolder } from '../../profile/profile-folder.ts';
import { lockProfile } from '../../profile/profile-lock.ts';
import { createFileSecretStore, plainCipher } from '../../session/secret-store.ts';
import { readStoredServer } from '../../session/stored-server.ts';
import { readAppVersion } from '../app-version.ts';
import { DEFAULT_SERVER } from '../default-server.ts';
import { createSystemFolderDialog } from '../headless/system-folder-dialog.ts';
import { createSystemOpener } from '../headless/system-opener.ts';
import { startBrowserHost } from './browser-host.ts';

interface Options {
  readonly server?: string;
  readonly port: string;
  readonly renderer: string;
  readonly json?: boolean;
}

const options = new Command('browser-launcher')
  .description('Open the launcher in your browser. Prints an address that works once.')
  .option('--server <url>', 'the service (or GANTRY_SERVER; default: where you are signed in)')
  .option('--port <n>', 'the loopback port; 0 takes any', '0')
  .option(
    '--renderer <folder>',
    'the built renderer',
    fileURLToPath(new URL('../../../out/renderer', import.meta.url)),
  )
  .option('--json', 'say when it is ready, and where, as one JSON line on stdout')
  .parse()
  .opts<Options>();

try {
  await run();
} catch (error) {
  const known = toAppError(error);
  process.stderr.write(`${known.message}\n${known.next}\n(${known.code})\n`);
  if (known.cause instanceof Error) process.stderr.write(`${known.cause.message}\n`);
  process.exitCode = exitCodeOf(known);
}

async function run(): Promise<void> {
  const profileFolder = resolveProfileFolder({
    platform: process.platform,
    home: os.homedir(),
    variables: process.env,
  });
  if (!existsSync(path.join(options.renderer, 'index.html'))) {
    throw launcherErrors.error('LAUNCHER_RENDERER_MISSING', { folder: options.renderer });
  }
  const lock = await lockProfile(profileFolder, 'launcher');
  try {
    const host = await startBrowserHost({
      ports: await collectPorts(profileFolder),
      opener: createSystemOpener({ say }),
      rendererFolder: options.renderer,
      port: Number(options.port),
    });
    announce(host.issueAddress());
    await host.launcher.start();
    await untilAskedToEnd();
    await host.close();
  } finally {
    await lock.release();
  }
}

async function collectPorts(profileFolder: string) {
  const serviceUrl =
    options.server ??
    process.env['GANTRY_SERVER'] ??
    (await readStoredServer(profileFolder)) ??
    DEFAULT_SERVER;
  return {
    version: readAppVersion(),
    profileFolder,
    serviceUrl,
    fetch: globalThis.fetch,
    secrets: createFileSecretStore(profileFolder, plainCipher),
    createPatcher,
    chooseFolder: createSystemFolderDialog({ platform: process.platform, environment: process.env }),
    clock: systemClock,
    platform: process.platform,
    home: os.homedir(),
    environment: process.env,
    device: `Gantry in a browser on ${os.hostname()}`.slice(0, 120),
  };
}

function announce(url: string): void {
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ready: true, url })}\n`);
  else say(`The launcher is at ${url} (this address works once)`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function untilAskedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    // A timer keeps the process alive where every other handle is only waiting.
    const alive = setInterval(() => undefined, 1 << 30);
    const end = () => {
      clearInterval(alive);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}
