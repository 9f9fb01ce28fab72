import { mkdir, readdir } from 'node:fs/promises';
import { samples } from './catalogue.ts';
import { buildKnotworkTree } from './knotwork/knotwork-tree.ts';
import { buildOrreryTree } from './orrery/orrery-tree.ts';
import type { SampleBuild, SampleDepotName, SampleVersion } from './sample-game.ts';
import type { SampleTree } from './sample-tree.ts';
import { buildSkylarkTree } from './skylark/skylark-tree.ts';
import { buildStillwaterTree } from './stillwater/stillwater-tree.ts';

export { samples };

const builders: Readonly<
  Record<string, (version: SampleVersion, seed: string, depot: SampleDepotName) => Promise<SampleTree>>
> = {
  skylark: buildSkylarkTree,
  stillwater: buildStillwaterTree,
  knotwork: buildKnotworkTree,
  orrery: buildOrreryTree,
};

/**
 * Write one build of a sample game into a folder.
 * @param options.game A game id of the catalogue.
 * @param options.version 1, or 2 with the changes a real update has.
 * @param options.outDir Made if absent; must be empty.
 * @param options.seed Any word; the same seed gives the same bytes everywhere. `gantry` unless told.
 * @param options.depot `web` unless told; only depots the catalogue lists.
 * @throws {RangeError} For a game or depot the catalogue does not have, or a folder that is not empty.
 */
export async function generateSampleGame(options: {
  readonly game: string;
  readonly version: SampleVersion;
  readonly outDir: string;
  readonly seed?: string;
  readonly depot?: SampleDepotName;
}): Promise<SampleBuild> {
  const { game: gameId, version, outDir, seed = 'gantry', depot: depotName = 'web' } = options;
  const game = samples.find((sample) => sample.gameId === gameId);
  const depot = game?.depots.find((one) => one.depot === depotName);
  const build = builders[gameId];
  if (!game || !depot || !build) throw new RangeError(`there is no sample ${gameId}/${depotName}`);
  await mkdir(outDir, { recursive: true });
  // Left-over files would make the tree depend on what was there before.
  if ((await readdir(outDir)).length > 0) throw new RangeError(`${outDir} is not empty`);
  const tree = await build(version, seed, depotName);
  await tree.write(outDir);
  return {
    gameId,
    depot: depotName,
    version,
    label: game.versions[version - 1]!.label,
    outDir,
    fileCount: tree.fileCount,
    sizeBytes: tree.sizeBytes,
    launchTargets: depot.launchTargets,
    preserve: depot.preserve,
  };
}
