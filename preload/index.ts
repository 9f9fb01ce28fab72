import { contextBridge, ipcRenderer } from 'electron';
import {
  type Answer,
  type EventName,
  events,
  type LauncherBridge,
  type RequestName,
  requests,
} from './contract.ts';

/** One channel a request, and one an event: the names main's registrar knows. */
const REQUEST_PREFIX = 'launcher-request:';
const EVENT_PREFIX = 'launcher-event:';

/**
 * The bridge of a sandboxed window: two functions, names of the contract only, plain data only.
 * `ipcRenderer`, its events and channels by any other name never reach the page.
 */
const bridge: LauncherBridge = {
  request: async (name, argument) => {
    if (!Object.hasOwn(requests, name)) return refuse(name);
    return (await ipcRenderer.invoke(REQUEST_PREFIX + name, argument)) as never;
  },
  on: (name, listener) => {
    if (!Object.hasOwn(events, name)) return () => {};
    const channel = EVENT_PREFIX + name;
    // The event object carries the sender: only the value goes on.
    const forward = (_event: unknown, value: unknown) => listener(value as never);
    ipcRenderer.on(channel, forward);
    return () => {
      ipcRenderer.removeListener(channel, forward);
    };
  },
};

function refuse(name: RequestName | EventName): Answer<never> {
  return {
    ok: false,
    error: {
      code: 'LAUNCHER_REQUEST_UNKNOWN',
      message: `The launcher has no request named ${name.slice(0, 64)}.`,
      next: 'Update the launcher: its window and its core are of different versions.',
      details: {},
      action: 'update-launcher',
      cause: 'The window and the launcher belong to different versions.',
      findings: [],
      supportCode: '',
    },
  };
}

contextBridge.exposeInMainWorld('launcher', bridge);
