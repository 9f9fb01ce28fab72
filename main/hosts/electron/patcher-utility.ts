// The patcher's process inside Electron: the same server as under Node, with Electron's network stack, so that the
// system's proxies and certificates hold for downloads too.
import { net } from 'electron';
import { setV8Flags } from '../../../patcher/process/patcher-flags.ts';
import { servePatcher } from '../../../patcher/process/patcher-server.ts';
import { toFetch } from './net-fetch.ts';

setV8Flags();
const port = process.parentPort;
servePatcher(
  {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on('message', ({ data }) => listener(data)),
  },
  toFetch(net),
);
