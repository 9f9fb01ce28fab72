/**
 * The patcher process, as started by `fork` or by Electron's `utilityProcess`. It ends with its parent: an orphan
 * would hold the locks of installs nobody watches.
 */
import { httpFetch } from '../download/connection/http-fetch.ts';
import { setV8Flags } from './patcher-flags.ts';
import { type ServerChannel, servePatcher } from './patcher-server.ts';

/** Electron's end of the line in a utility process. */
interface ParentPort {
  readonly postMessage: (message: unknown) => void;
  readonly on: (event: 'message', listener: (event: { readonly data: unknown }) => void) => void;
}

// Node writes what it compiled when it ends of itself, and this process is killed.
const { flushCompileCache } = process.getBuiltinModule('node:module');

setV8Flags();

const parentPort = (process as { readonly parentPort?: ParentPort }).parentPort;
servePatcher(parentPort === undefined ? forkChannel() : portChannel(parentPort), httpFetch);

function forkChannel(): ServerChannel {
  // Not `exit`: that terminates threads, and aborts with a stack trace if one is just making a zlib object. Whatever was
  // under way is in the journal, as after a power cut.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  let toKeep: 'nothing' | 'all' | 'kept' = 'nothing';
  return {
    // With a callback a failed send is no 'error' of the process: a parent that is gone brings 'disconnect', above.
    send: (message) => {
      process.send?.(message, () => undefined);
      if (message.kind === 'progress' && toKeep === 'nothing') toKeep = 'all';
      if (message.kind !== 'done' || toKeep !== 'all') return;
      // Not after less: what was written once is not written again, and a job has had all compiled that it needs.
      toKeep = 'kept';
      setImmediate(flushCompileCache);
    },
    onMessage: (listener) => {
      process.on('message', listener);
    },
  };
}

function portChannel(port: ParentPort): ServerChannel {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', ({ data }) => listener(data)),
  };
}
