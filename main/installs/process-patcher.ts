import * as engine from '../../patcher/install/install.ts';
import type { PatcherOptions } from '../ports.ts';
import { createEnginePatcher } from './engine-patcher.ts';
import type { PatcherPort } from './patcher-port.ts';

/** The patcher of this machine. */
export function createPatcher(options: PatcherOptions): PatcherPort {
  return createEnginePatcher({ engine, api: options.api, fetch: options.fetch, close: async () => {} });
}
