import { coverageEntry, heightEntry, pixelEntry, serializePack, soundEntry } from '../pack-file.ts';
import type { PackEntry } from '../pack-file.ts';
import type { SampleVersion } from '../sample-game.ts';
import { SampleTree } from '../sample-tree.ts';
import { sampleRate, serializeWav } from '../sound.ts';
import { paintClouds, paintGround, shapeTrack } from '../texture.ts';
import { serializeRoute, countries } from './skylark-route.ts';
import { composeDeepNight, composeFlight, composeTitle, recordSounds, recordWind } from './skylark-sound.ts';
import { drawSkylarkIcon } from './skylark-art.ts';

/** Texture side in pixels: 4 MiB of RGBA each, the weight of a real game's. */
const groundPixels = 1024;
const cloudPixels = 1024;
const trackSamples = 32768;

/** Skylark's web build: version 2 has what a real update has, and nothing else differs. */
export async function buildSkylarkTree(version: SampleVersion, seed: string): Promise<SampleTree> {
  const label = version === 1 ? '1.0.3' : '1.1.0';
  const tree = new SampleTree();
  const here = import.meta.dirname;
  const banner = `Skylark ${label} (c) Paper Lantern Works`;
  await tree.folder(`${here}/../kit`, 'js', banner);
  await tree.folder(`${here}/web`, '', banner);
  if (version === 2) await tree.folder(`${here}/web-1.1`, '', banner);
  tree.file('data/icon.svg', drawSkylarkIcon());
  tree.file('data/route.json', serializeRoute(version, label));
  tree.file('assets.pak', serializePack(packEntries(version, seed)));
  addMusic(tree, version, seed);
  addExtras(tree, version, seed);
  return tree;
}

/**
 * The pack's contents. Version 2 puts the new country's data in the middle and the sounds first,
 * as a pack tool that sorts by use would, so almost every old byte is still there at another offset.
 */
function packEntries(version: SampleVersion, seed: string): PackEntry[] {
  const shown = countries.filter((country) => country.since <= version);
  const tracks = shown.map((country) =>
    heightEntry(
      country.track,
      shapeTrack(`${seed}/${country.track}`, trackSamples, { hills: country.hills, rough: country.rough }),
    ),
  );
  const grounds = shown.map((country) =>
    pixelEntry(
      country.texture,
      groundPixels,
      paintGround(`${seed}/${country.texture}`, groundPixels, country.paint),
    ),
  );
  const ridge = heightEntry('track/ridge', shapeTrack(`${seed}/ridge`, 8192, { hills: 40, rough: 0.12 }));
  const clouds = [
    coverageEntry(
      'clouds/high',
      cloudPixels,
      paintClouds(`${seed}/high`, cloudPixels, { cells: 5, threshold: 0.52 }),
    ),
    coverageEntry(
      'clouds/low',
      cloudPixels,
      paintClouds(`${seed}/low`, cloudPixels, { cells: 8, threshold: 0.56 }),
    ),
  ];
  const sounds = recordSounds(seed, version).map(({ name, samples }) =>
    soundEntry(`sound/${name}`, sampleRate, samples),
  );
  return version === 1
    ? [ridge, ...tracks, ...grounds, ...clouds, ...sounds]
    : [...sounds, ...clouds, ridge, ...tracks, ...grounds];
}

function addMusic(tree: SampleTree, version: SampleVersion, seed: string): void {
  // The title theme only moves: an update must not download it again.
  tree.file(version === 1 ? 'music/title.wav' : 'music/themes/title.wav', composeTitle(seed));
  tree.file('music/flight.wav', composeFlight(seed));
  tree.file('music/ambience/wind.wav', serializeWav(recordWind(seed)));
  if (version === 2) tree.file('music/themes/deep-night.wav', composeDeepNight(seed));
}

function addExtras(tree: SampleTree, version: SampleVersion, seed: string): void {
  const manual = version === 1 ? '1.0' : '1.1';
  tree.file(`manual/1.0/manual.txt`, manualText('1.0'));
  if (version === 2) tree.file('manual/1.1/manual.txt', manualText('1.1'));
  tree.link('manual/latest.txt', `${manual}/manual.txt`);
  tree.file('extras/The keeper of the ninth beacon.txt', keeperStory);
  tree.file('extras/Lerchenlied – für Åse.txt', larkSong);
  if (version === 1)
    tree.file('extras/known-issues.txt', 'The mills turn backwards in a west wind. We like it.\n');
  tree.file('extras/seed.txt', `${seed}\n`);
  tree.file('CHANGELOG.txt', version === 1 ? changelog.first : `${changelog.second}\n${changelog.first}`);
  tree.emptyFolder('replays');
  tree.script('tools/replay.sh', replayScript);
}

function manualText(edition: string): string {
  const rings =
    edition === '1.0'
      ? ''
      : '\nIn the Aurora Reach, fly through the green rings: the northern wind carries you.\n';
  return `SKYLARK, edition ${edition}

Hold space (or the mouse button, a finger, or A on a gamepad) to dive. Let go to soar.
Dive where the hill falls away, let go where it climbs: each clean crest is a swoop
and raises what everything is worth. A hard landing loses it.
Lamp sparks are worth 15. A beacon is worth 250 and pushes the dusk back.
P or Escape rests on the wind. M turns the sound off and on.
${rings}`;
}

const keeperStory = `They say the ninth keeper never climbed down.
When the oil ran out she lit her letters, one each night, and every lark that passed
carried a line of them on. That is why the mail is still warm.
`;

const larkSong = `Lerche, Lerche, trag das Licht
über Wolken, fürchte nicht –
wo der Abend dunkel steht,
ist ein Turm, der nicht vergeht.
`;

const replayScript = `#!/bin/sh
# Lists the flights saved beside the game, newest first.
cd "$(dirname "$0")/../replays" || exit 1
ls -1t . | head -n 20
`;

const changelog = {
  first: `1.0.3
- Hills join without a bump between countries
- The dusk waits a little longer on the first leg
`,
  second: `1.1.0: The Aurora Reach
- A fourth country under the northern lights, where the route now begins
- Rings of northern wind to fly through
- A new piece of music for deep night
- The beacon's bell was recorded again
`,
};
