import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { compareTrees } from '../../testing/trees/compare-trees.ts';
import { GameOnCdn } from '../../testing/builds/game-on-cdn.ts';
import { removeTree } from '../../testing/trees/remove-tree.ts';
import { installBuild } from '../install.ts';

const CHUNKING = { minBytes: 65_536, averageBytes: 262_144, maxBytes: 1_048_576 };
/** More than is written in one span. */
const ZEROS_BYTES = 70 * 2 ** 20;

it('makes a large file of zeros of its one chunk, fetched once more when it arrives wrong', async () => {
  const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-stage-'));
  const game = await GameOnCdn.start(scratch);
  try {
    const zeros = { kind: 'file' as const, bytes: new Uint8Array(ZEROS_BYTES), mode: 0o644 };
    const small = { kind: 'file' as const, bytes: Buffer.from('small'), mode: 0o600 };
    const build = await game.publish(
      new Map([
        ['a.txt', small],
        ['zeros.pak', zeros],
      ]),
      { chunking: CHUNKING },
    );
    let packsSent = 0;
    game.server.fault = ({ path: object }) =>
      object.startsWith('packs/') && packsSent++ === 0 ? { kind: 'corrupt', at: 40 } : undefined;
    const root = path.join(scratch, 'install');
    await installBuild({ root, ports: game.ports, build: build.reference });
    expect(packsSent).toBeGreaterThan(1);
    expect(await compareTrees(build.root, root)).toEqual([]);
  } finally {
    await game.close();
    await removeTree(scratch);
  }
});
