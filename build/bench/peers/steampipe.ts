import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLastLine } from './gantry.ts';
import type { Peer } from './peer.ts';

const script = fileURLToPath(new URL('steampipe-simulation.ts', import.meta.url));

/** What Steam’s content system would send, as far as it is described: simulated, and rebuilt like the others. */
export const steampipe: Peer = {
  id: 'steampipe',
  label: 'SteamPipe (simulated)',
  kind: 'peer',
  programs: [],
  readVersion: async () => await Promise.resolve('1 MiB chunks'),
  make: async ({ oldRoot, newRoot, scratch, measure }) => {
    const store = join(scratch, 'chunks');
    const usage = await measure(process.execPath, [script, 'make', oldRoot, newRoot, store]);
    const { chunkBytes } = readLastLine(usage.stdout) as { chunkBytes: number };
    return {
      usage,
      apply: async (outRoot) => ({
        usage: await measure(process.execPath, [script, 'apply', oldRoot, store, outRoot]),
        downloadBytes: chunkBytes,
      }),
    };
  },
};
