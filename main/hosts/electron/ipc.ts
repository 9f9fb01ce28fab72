import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import {
  type Answer,
  type EventName,
  type EventValue,
  events,
  type RequestName,
  requests,
} from '../../../preload/contract.ts';
import { toFailure } from '../../failure.ts';
import type { Launcher } from '../../launcher.ts';
import { launcherErrors } from '../../launcher-errors.ts';
import { createRequestRate } from '../request-rate.ts';
import { APP_ORIGIN, originOf } from './window-policy.ts';

/** The channels of `preload/index.ts`. */
const REQUEST_PREFIX = 'launcher-request:';
const EVENT_PREFIX = 'launcher-event:';

export interface IpcOptions {
  readonly ipcMain: Pick<IpcMain, 'handle' | 'removeHandler'>;
  readonly launcher: Pick<Launcher, 'handle' | 'on'>;
  /** The launcher's window, while there is one. */
  readonly contents: () => Pick<WebContents, 'id' | 'send' | 'isDestroyed'> | null;
  readonly now: () => number;
}

/**
 * The only place that touches `ipcMain`: one handler for each request of the contract, each of which looks at who asks,
 * how often, and leaves name, schema and size to the launcher's dispatcher.
 * @returns A function that takes it all back.
 */
export function registerIpc(options: IpcOptions): () => void {
  const { ipcMain, launcher, contents } = options;
  const mayPass = createRequestRate(options.now);
  const names = Object.keys(requests) as RequestName[];
  for (const name of names) {
    ipcMain.handle(REQUEST_PREFIX + name, async (event: IpcMainInvokeEvent, argument: unknown) => {
      if (!isOwnPage(event, contents()?.id)) {
        return refuse('LAUNCHER_REQUEST_REFUSED', {
          sender: originOf(event.senderFrame?.url ?? '') ?? 'a closed frame',
        });
      }
      return mayPass() ? launcher.handle(name, argument) : refuse('LAUNCHER_REQUEST_TOO_OFTEN');
    });
  }
  const stops = (Object.keys(events) as EventName[]).map((name) =>
    launcher.on(name, (value: EventValue<typeof name>) => {
      const page = contents();
      if (page !== null && !page.isDestroyed()) page.send(EVENT_PREFIX + name, value);
    }),
  );
  return () => {
    for (const name of names) ipcMain.removeHandler(REQUEST_PREFIX + name);
    for (const stop of stops) stop();
  };
}

/** The launcher's own window, its top frame, on the launcher's own origin; CVE-2022-29247 is why a frame must be asked. */
function isOwnPage(event: IpcMainInvokeEvent, ownId: number | undefined): boolean {
  const frame = event.senderFrame;
  return (
    frame !== null && event.sender.id === ownId && frame.parent === null && originOf(frame.url) === APP_ORIGIN
  );
}

function refuse(
  code: 'LAUNCHER_REQUEST_REFUSED' | 'LAUNCHER_REQUEST_TOO_OFTEN',
  details: Readonly<Record<string, string>> = {},
): Answer<never> {
  return { ok: false, error: toFailure(launcherErrors.error(code, details)) };
}
