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
  run: async ({ oldRoot, newRoot, outRoot, scratch, measure }) => {
    const store = join(scratch, 'chunks');
    const diff = await measure(process.execPath, [script, 'make', oldRoot, newRoot, store]);
    const apply = await measure(process.execPath, [script, 'apply', oldRoot, store, outRoot]);
    const { chunkBytes } = readLastLine(diff.stdout) as { chunkBytes: number };
    return { downloadBytes: chunkBytes, diff, apply };
  },
};
