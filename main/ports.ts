import type { ApiClient } from '../backend/api/client.ts';
import type { MeasuredSpeeds } from '../patcher/plan/estimate-time.ts';
import type { RoutePreference } from '../patcher/plan/plan.ts';
import type { LauncherState } from '../preload/contract.ts';
import type { Clock } from './clock.ts';
import type { PatcherPort } from './installs/patcher-port.ts';
import type { Opener } from './play/game-host.ts';
import type { SecretStore } from './session/secret-store.ts';
import type { TrustService } from './trust/trust-service.ts';
import type { UpdaterPort } from './updates/updater-port.ts';

/** Everything the launcher needs of the machine it runs on. A host is whoever fills this in. */
export interface LauncherPorts {
  readonly host: LauncherState['host'];
  readonly version: string;
  /** Absolute; made when missing. */
  readonly profileFolder: string;
  readonly serviceUrl: string;
  /** The host's own, so that its proxies and certificates hold. */
  readonly fetch: typeof globalThis.fetch;
  readonly secrets: SecretStore;
  readonly opener: Opener;
  /** The system's window to choose a folder in; undefined where there is none. */
  readonly chooseFolder?: ChooseFolder | undefined;
  readonly createPatcher: (options: PatcherOptions) => PatcherPort;
  readonly clock: Clock;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** The process's variables, from which a game's environment is made. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Shown in the player's list of sessions, such as `Gantry on kitchen-pc`. */
  readonly device: string;
  readonly updater?: UpdaterPort;
  readonly releaseKeys?: readonly Uint8Array[];
  /** The root of trust that was built into the launcher. */
  readonly trustRoot?: string;
  readonly setStartWithSystem?: (on: boolean) => void;
  /** Where a game's own output goes; by default nowhere. */
  readonly gameOutput?: 'ignore' | 'inherit';
}

/** @returns The folder's full path; null when the player chose none. */
export type ChooseFolder = (options: {
  readonly title: string;
  /** Where the window begins, if that exists. */
  readonly startAt: string;
}) => Promise<string | null>;

export interface PatcherOptions {
  /** The service, with the player's access token; the patcher's process never sees it. */
  readonly api: Pick<ApiClient, 'delivery' | 'grant'>;
  /** What may be installed. */
  readonly trust: TrustService;
  /** Whether updates keep the files they replace, as the player chose. */
  readonly keepPrevious: () => boolean;
  /** What routes are chosen by. */
  readonly routing: () => { readonly speeds: MeasuredSpeeds; readonly prefer: RoutePreference };
}
