import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type {
  ChangedEvent,
  NoticeEvent,
  RequestArgument,
  RequestName,
  RequestResult,
} from '../../preload/contract.ts';
import { systemClock } from '../clock.ts';
import { createLauncher, type Launcher } from '../launcher.ts';
import type { GameWindow, Opener } from '../play/game-host.ts';
import type { LauncherPorts } from '../ports.ts';
import { createMemorySecretStore } from '../session/secret-store.ts';
import { createFakePatcher, type FakePatcher } from './fake-patcher.ts';
import { createFakeService, fakeAccount, fakePassword, type FakeService } from './fake-service.ts';

export interface OpenedWindow {
  readonly url: string;
  /** The player closes it. */
  readonly closeByPlayer: () => void;
  readonly wasClosed: () => boolean;
}

/** A launcher over a service and a patcher in memory, in a profile of its own. */
export interface LauncherBench {
  readonly launcher: Launcher;
  readonly service: FakeService;
  readonly patcher: FakePatcher;
  readonly profileFolder: string;
  readonly windows: OpenedWindow[];
  readonly openedFolders: string[];
  readonly openedPages: string[];
  readonly notices: NoticeEvent[];
  readonly events: ChangedEvent[];
  /** Ask, and fail the test with the answer's failure. */
  readonly ask: <Name extends RequestName>(
    name: Name,
    argument: RequestArgument<Name>,
  ) => Promise<RequestResult<Name>>;
  /** Resolves once the state is as wanted. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** Close, and open another launcher over the same profile, service and patcher. */
  readonly restart: (change?: Partial<LauncherPorts>) => Promise<LauncherBench>;
  readonly close: () => Promise<void>;
}

export interface BenchOptions {
  readonly ports?: Partial<LauncherPorts>;
  readonly service?: FakeService;
  readonly patcher?: FakePatcher;
  readonly profileFolder?: string;
}

export async function openBench(options: BenchOptions = {}): Promise<LauncherBench> {
  const profileFolder = options.profileFolder ?? (await mkdtemp(path.join(os.tmpdir(), 'gantry-launcher-')));
  const clock = options.ports?.clock ?? systemClock;
  const service = options.service ?? createFakeService(clock.now);
  const patcher = options.patcher ?? createFakePatcher();
  const windows: OpenedWindow[] = [];
  const openedFolders: string[] = [];
  const openedPages: string[] = [];
  const ports: LauncherPorts = {
    host: 'headless',
    version: '1.2.0',
    profileFolder,
    serviceUrl: 'http://service.test',
    fetch: service.fetch,
    secrets: createMemorySecretStore(),
    opener: createRecordingOpener(windows, openedFolders, openedPages),
    createPatcher: () => patcher,
    clock,
    platform: 'linux',
    home: os.homedir(),
    environment: { PATH: process.env['PATH'] },
    device: 'test',
    ...options.ports,
  };
  const launcher = await createLauncher(ports);
  const notices: NoticeEvent[] = [];
  const events: ChangedEvent[] = [];
  launcher.on('noticed', (notice) => void notices.push(notice));
  launcher.on('changed', (event) => void events.push(event));

  return {
    launcher,
    service,
    patcher,
    profileFolder,
    windows,
    openedFolders,
    openedPages,
    notices,
    events,
    ask: async (name, argument) => {
      const answer = await launcher.handle(name, argument);
      if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.message}`);
      return answer.value as never;
    },
    until: async (condition) => {
      if (condition()) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const stop = launcher.on('changed', () => {
        if (condition()) resolve();
      });
      await promise;
      stop();
    },
    restart: async (change) => {
      await launcher.close();
      return openBench({ ports: { ...ports, ...change }, service, patcher, profileFolder });
    },
    close: async () => {
      await launcher.close();
      await rm(profileFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const credentials = { email: fakeAccount.email, password: fakePassword };

function createRecordingOpener(windows: OpenedWindow[], folders: string[], pages: string[]): Opener {
  return {
    openFolder: async (folder) => void folders.push(folder),
    openPage: async (url) => void pages.push(url),
    openClockSettings: async () => void pages.push('clock settings'),
    openGameWindow: async ({ url }): Promise<GameWindow> => {
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      let wasClosed = false;
      windows.push({ url, closeByPlayer: resolve, wasClosed: () => wasClosed });
      return {
        closed,
        closedIsSure: true,
        close: () => {
          wasClosed = true;
          resolve();
        },
      };
    },
  };
}
