import type { ApplyChange } from './mirror.ts';
import { useConnection } from './connection-slice.ts';
import { useDownloads } from './downloads-slice.ts';
import { useLauncher } from './launcher-slice.ts';
import { useLibrary } from './library-slice.ts';
import { replaceMirror } from './mirror-store.ts';
import { useQuests } from './quests-slice.ts';
import { useSession } from './session-slice.ts';
import { useSettings } from './settings-slice.ts';

/** Write one change of main's state into the slice it belongs to. */
export const applyChange: ApplyChange = (change) => {
  switch (change.slice) {
    case 'session':
      return replaceMirror(useSession, change.value);
    case 'connection':
      return replaceMirror(useConnection, change.value);
    case 'library':
      return replaceMirror(useLibrary, change.value);
    case 'downloads':
      return replaceMirror(useDownloads, change.value);
    case 'quests':
      return replaceMirror(useQuests, change.value);
    case 'settings':
      return replaceMirror(useSettings, change.value);
    case 'launcher':
      return replaceMirror(useLauncher, change.value);
  }
};
