import type { ApiClient } from '../backend/api/client.ts';
import type { FailureDoctor } from './diagnostics/failure-doctor.ts';
import type { InstallsService } from './installs/installs.ts';
import type { LibraryService } from './library/library.ts';
import type { PlayService } from './play/play.ts';
import type { QuestService } from './quests/quests.ts';
import type { SessionService } from './session/session.ts';
import type { SettingsService } from './settings/settings.ts';
import type { StateStore } from './state/state-store.ts';
import type { LauncherUpdateService } from './updates/launcher-update.ts';

/** The launcher's services, for its request handlers and for hosts that drive it without a renderer. */
export interface LauncherServices {
  readonly api: ApiClient;
  readonly state: StateStore;
  readonly doctor: FailureDoctor;
  readonly session: SessionService;
  readonly library: LibraryService;
  readonly installs: InstallsService;
  readonly play: PlayService;
  readonly quests: QuestService;
  readonly settings: SettingsService;
  readonly updates: LauncherUpdateService;
}
