import type { UtilityProcess } from 'electron';
import type { ClientChannel } from '../../../patcher/process/patcher-client.ts';
import { FILE_CALLS } from '../../../patcher/process/patcher-flags.ts';
import type { ElectronParts } from './electron-parts.ts';

/** The patcher as a utility process: with the `runAsNode` fuse off, plain `fork` does not exist. */
export function createUtilitySpawn(
  utilityProcess: Pick<ElectronParts['utilityProcess'], 'fork'>,
  entryFile: string,
): () => ClientChannel {
  return () => {
    const child: UtilityProcess = utilityProcess.fork(entryFile, [], {
      serviceName: 'Gantry patcher',
      stdio: 'ignore',
      env: { ...FILE_CALLS, ...process.env },
    });
    return {
      send: (message) => child.postMessage(message),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void child.once('exit', (code) => listener(`status ${code}`)),
      kill: () => void child.kill(),
    };
  };
}
