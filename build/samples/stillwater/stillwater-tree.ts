import { coverageEntry, pixelEntry, serializePack } from '../pack-file.ts';
import { between, createRandom, pick } from '../random.ts';
import type { SampleVersion } from '../sample-game.ts';
import { SampleTree } from '../sample-tree.ts';
import { hertzOf, Loop } from '../sound.ts';
import { paintCaustics, paintPatches } from '../texture.ts';
import { drawStillwaterIcon } from './stillwater-art.ts';

const floorPixels = 896;
const lightPixels = 1024;

/** Stillwater's web build; version 2 is the pond by night. */
export async function buildStillwaterTree(version: SampleVersion, seed: string): Promise<SampleTree> {
  const label = version === 1 ? '1.2.0' : '1.3.0';
  const banner = `Stillwater ${label} (c) Reed & Wren`;
  const tree = new SampleTree();
  await tree.folder(`${import.meta.dirname}/../kit`, 'js', banner);
  await tree.folder(`${import.meta.dirname}/web`, '', banner);
  tree.file('data/icon.svg', drawStillwaterIcon());
  tree.file('data/settings.json', serializeSettings(version, label));
  tree.file('assets.pak', serializePack(packEntries(version, seed)));
  tree.file('music/pond.wav', composePond(seed));
  tree.file(
    version === 1 ? 'haiku.txt' : 'extras/haiku.txt',
    'The pond keeps the sky\nand gives it back, a little\nlater than it came.\n',
  );
  if (version === 1) tree.file('extras/wallpaper-list.txt', 'dawn\nnoon\ndusk\n');
  return tree;
}

function packEntries(version: SampleVersion, seed: string) {
  const day = pixelEntry(
    'floor/day',
    floorPixels,
    paintPatches(
      `${seed}/floor/day`,
      floorPixels,
      [
        [70, 150, 140],
        [38, 112, 116],
        [20, 78, 92],
        [10, 50, 68],
      ],
      { cells: 6, specks: 0.002, grain: 9 },
    ),
  );
  const light = coverageEntry('water/light', lightPixels, paintCaustics(`${seed}/light`, lightPixels));
  if (version === 1) return [day, light];
  const night = pixelEntry(
    'floor/night',
    floorPixels,
    paintPatches(
      `${seed}/floor/night`,
      floorPixels,
      [
        [44, 88, 128],
        [24, 58, 98],
        [14, 36, 72],
        [8, 20, 48],
      ],
      { cells: 6, specks: 0.002, grain: 9 },
    ),
  );
  return [night, light, day];
}

function serializeSettings(version: SampleVersion, label: string): string {
  const night = version === 2;
  const random = createRandom('stillwater/settings');
  const coats = [
    { base: '#f7efe2', patch: '#ee6a3c', fin: 'rgba(255,244,230,.62)', spots: [1, 2, 6, 7, 11] },
    { base: '#f08a3c', patch: '#fff0dc', fin: 'rgba(255,190,130,.6)', spots: [4, 5, 10] },
    { base: '#fbf6ee', patch: '#2d3440', fin: 'rgba(255,255,255,.6)', spots: [3, 8, 9, 13] },
    { base: '#f3c65a', patch: '#f7e3a8', fin: 'rgba(255,226,140,.6)', spots: [2, 6] },
    { base: '#f7efe2', patch: '#d8443c', fin: 'rgba(255,244,230,.62)', spots: [0, 1] },
  ];
  const settings = {
    version: label,
    floor: night ? 'floor/night' : 'floor/day',
    lightColour: night ? [120, 170, 255] : [196, 255, 226],
    padColour: night ? '#1f5f62' : '#3f9468',
    fireflies: night ? 22 : 0,
    scale: [62, 64, 67, 69, 71, 74, 76].map((note) => Math.round(hertzOf(note) * 100) / 100),
    koi: night ? [...coats, { ...coats[1], base: '#dfe8ff', patch: '#8aa6ff' }] : coats,
    lilies: Array.from({ length: 11 }, (_, index) => ({
      x: index % 2 === 0 ? between(random, 0.02, 0.26) : between(random, 0.72, 0.98),
      y: between(random, 0.06, 0.94),
      size: between(random, 0.05, 0.1),
      turn: between(random, 0, 6.28),
      flower: index % 3 === 0,
    })),
  };
  return `${JSON.stringify(settings, null, 1)}\n`;
}

function composePond(seed: string): Buffer {
  const random = createRandom(`${seed}/music/pond`);
  const loop = new Loop(36, random);
  for (let bar = 0; bar < 4; bar += 1) {
    const root = [38, 43, 35, 45][bar]!;
    for (const interval of [0, 19, 24, 31]) {
      loop.pad(bar * 9, 11, hertzOf(root + interval), 0.05, between(random, -0.5, 0.5));
    }
    for (let drop = 0; drop < 9; drop += 1) {
      loop.bell(
        bar * 9 + random() * 9,
        hertzOf(pick(random, [74, 76, 79, 81, 83, 86])),
        0.05,
        between(random, -0.8, 0.8),
      );
    }
    loop.hiss(bar * 9, 9, 0.25, 0, 0.03);
  }
  return loop.toWav();
}
