import { readFile } from 'node:fs/promises';
import { pixelEntry, serializePack } from '../pack-file.ts';
import { between, createRandom, pick } from '../random.ts';
import type { SampleDepotName, SampleVersion } from '../sample-game.ts';
import { SampleTree } from '../sample-tree.ts';
import { hertzOf, Loop } from '../sound.ts';
import { paintPatches } from '../texture.ts';
import { drawOrreryIcon } from './orrery-art.ts';

const nebulaPixels = 1024;
const bodies = [
  'Mercury',
  'Venus',
  'Earth',
  'Mars',
  'Ceres',
  'Jupiter',
  'Saturn',
  'Uranus',
  'Neptune',
  'Pluto',
  'Sedna',
  'Halley',
];

/** Orrery's builds: a window for `web`, a shell script for `linux` that needs neither window nor terminal. */
export async function buildOrreryTree(
  version: SampleVersion,
  seed: string,
  depot: SampleDepotName,
): Promise<SampleTree> {
  const label = version === 1 ? '0.9' : '1.0';
  return depot === 'web' ? buildWeb(version, seed, label) : buildLinux(version, seed, label);
}

async function buildWeb(version: SampleVersion, seed: string, label: string): Promise<SampleTree> {
  const banner = `Orrery ${label} (c) Brass Moon`;
  const tree = new SampleTree();
  await tree.folder(`${import.meta.dirname}/../kit`, 'js', banner);
  await tree.folder(`${import.meta.dirname}/web`, '', banner);
  tree.file('data/icon.svg', drawOrreryIcon());
  tree.file('data/settings.json', serializeSettings(version, label));
  tree.file('assets.pak', serializePack(packEntries(version, seed)));
  tree.file('music/aether.wav', composeAether(seed));
  tree.file(version === 1 ? 'almanac.txt' : 'extras/almanac.txt', ephemeris(seed));
  return tree;
}

async function buildLinux(version: SampleVersion, seed: string, label: string): Promise<SampleTree> {
  const script = await readFile(`${import.meta.dirname}/linux/orrery.sh`, 'utf8');
  const tree = new SampleTree();
  tree.script('orrery.sh', script.replace('#!/bin/sh\n', `#!/bin/sh\n# Orrery ${label}\n`));
  tree.file(
    'share/greeting.txt',
    version === 1 ? 'Orrery winds up.\n' : 'Orrery 1.0 winds up. A comet has joined.\n',
  );
  tree.file('share/ephemeris.txt', ephemeris(seed));
  tree.file('share/spheres.pak', serializePack(packEntries(version, seed)));
  tree.file(version === 1 ? 'turn.wav' : 'music/turn.wav', composeAether(seed));
  tree.link('music/latest.wav', version === 1 ? '../turn.wav' : 'turn.wav');
  tree.emptyFolder('share/tunes');
  return tree;
}

function packEntries(version: SampleVersion, seed: string) {
  const nebula = pixelEntry(
    'sky/nebula',
    nebulaPixels,
    paintPatches(
      `${seed}/nebula`,
      nebulaPixels,
      [
        [20, 18, 52],
        [42, 32, 92],
        [96, 52, 118],
        [186, 104, 116],
      ],
      { cells: 3, specks: 0.0022, grain: 6 },
    ),
  );
  if (version === 1) return [nebula];
  const deep = pixelEntry(
    'sky/deep',
    512,
    paintPatches(
      `${seed}/deep`,
      512,
      [
        [8, 22, 44],
        [16, 54, 84],
        [34, 104, 122],
        [120, 176, 150],
      ],
      { cells: 3, specks: 0.003, grain: 6 },
    ),
  );
  return [deep, nebula];
}

function serializeSettings(version: SampleVersion, label: string): string {
  const colours = ['#f2c078', '#e88c6a', '#7fc4c9', '#d96a5c', '#e8cf9a', '#b79be0', '#8fd0ff'];
  const notes = [50, 57, 62, 64, 69, 71, 76];
  const starts = [[0.1], [0.3, 0.8], [0.15, 0.65], [0.4], [0.2, 0.55, 0.9], [0.7], [0.05, 0.35]];
  const rings = notes.slice(0, version === 1 ? 6 : 7).map((note, index) => ({
    hertz: Math.round(hertzOf(note) * 100) / 100,
    period: [3, 4, 6, 8, 9, 12, 16][index],
    way: index === 6 ? -1 : 1,
    size: [6, 8, 9, 8, 13, 11, 6][index],
    belt: index === 4,
    colour: colours[index],
    start: starts[index],
  }));
  return `${JSON.stringify({ version: label, rings }, null, 1)}\n`;
}

function ephemeris(seed: string): string {
  const random = createRandom(`${seed}/ephemeris`);
  const rows = bodies.map(
    (body) => `${body.padEnd(8)} ${between(random, 0, 360).toFixed(2).padStart(6, '0')} deg`,
  );
  return `${rows.join('\n')}\n`;
}

function composeAether(seed: string): Buffer {
  const random = createRandom(`${seed}/music/aether`);
  const loop = new Loop(30, random);
  for (let bar = 0; bar < 5; bar += 1) {
    for (const note of [38, 50, 57, 64 + (bar % 2)]) {
      loop.pad(bar * 6, 8, hertzOf(note), 0.06, between(random, -0.6, 0.6));
    }
    for (let note = 0; note < 7; note += 1) {
      loop.bell(
        bar * 6 + note * 0.85,
        hertzOf(pick(random, [74, 76, 81, 83, 86, 88])),
        0.1,
        between(random, -0.8, 0.8),
      );
    }
  }
  return loop.toWav();
}
