import type { LibraryGame } from '../../preload/contract.ts';
import { ago, installed, makeBuild, makeGame } from './builders.ts';
import { drawStandIn, type StandInStyle } from './stand-in-art.ts';

interface SampleTitle {
  readonly gameId: string;
  readonly title: string;
  readonly studio: string;
  readonly tagline: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly style: Omit<StandInStyle, 'title'>;
  /** How many screenshots lie beside the real art, where it is served. */
  readonly screenshots?: number;
}

/** The project's own four sample games first, then stand-ins. */
const titles: readonly SampleTitle[] = [
  {
    gameId: 'skylark',
    title: 'Skylark',
    studio: 'Paper Lantern Works',
    tagline: 'Carry the last lamp across the cloud sea.',
    description:
      'A paper lark, a lit lamp and the length of the night. Glide over four countries of weather, dive for speed, ring the beacons and keep your light alive until morning.\n\nEvery flight is a new route from the same four skies. Nothing chases you but the dark.',
    tags: ['Flying', 'Calm', 'Score chase'],
    style: { palette: ['#3f3a8c', '#ffd08a', '#7c3f72', '#2a1038'], motif: 'dunes' },
    screenshots: 4,
  },
  {
    gameId: 'stillwater',
    title: 'Stillwater',
    studio: 'Reed & Wren',
    tagline: 'A pond to sit beside.',
    description: 'Feed the koi, watch the rain arrive, stay as long as you like.',
    tags: ['Calm', 'Ambient'],
    style: { palette: ['#0e3b43', '#7fb8a4', '#1c5d5c', '#072226'], motif: 'waves' },
    screenshots: 2,
  },
  {
    gameId: 'knotwork',
    title: 'Knotwork',
    studio: 'Thimble & Thread',
    tagline: 'Turn the tiles until no thread ends loose.',
    description: 'Two hundred boards of woven paths, from a thimbleful to a wall hanging.',
    tags: ['Puzzle', 'Relaxed'],
    style: { palette: ['#5a2431', '#e3a265', '#8c3b3b', '#2a0e18'], motif: 'grid' },
    screenshots: 2,
  },
  {
    gameId: 'orrery',
    title: 'Orrery',
    studio: 'Brass Moon',
    tagline: 'A music box of planets.',
    description: 'Set worlds turning and listen to what they play.',
    tags: ['Music', 'Toy'],
    style: { palette: ['#0b1030', '#4c3f7a', '#c99a4b', '#090b1c'], motif: 'rings' },
    screenshots: 2,
  },
  {
    gameId: 'ironwood',
    title: 'Ironwood',
    studio: 'North Yard',
    tagline: 'The forest remembers every axe.',
    description: 'Build a town that the forest will let stand.',
    tags: ['Strategy', 'Building'],
    style: { palette: ['#12343b', '#d8e2c9', '#2d545e', '#0a1f22'], motif: 'pines' },
  },
  {
    gameId: 'meridian-line',
    title: 'Meridian',
    studio: 'Halfpenny Atlas',
    tagline: 'Draw the border. Live with it.',
    description: 'A mapmaker between two wars.',
    tags: ['Story', 'Choices'],
    style: { palette: ['#7a2e1f', '#f2c078', '#a8442a', '#3a120c'], motif: 'peaks' },
  },
  {
    gameId: 'glasshaven',
    title: 'Glasshaven',
    studio: 'Ninth Bell',
    tagline: 'A city that rings when it rains.',
    description: 'Climb, listen, and find the note that is missing.',
    tags: ['Platformer', 'Music'],
    style: { palette: ['#14213d', '#86a8e7', '#3b5b92', '#0a1226'], motif: 'towers' },
  },
  {
    gameId: 'low-tide',
    title: 'Low Tide',
    studio: 'Saltbox',
    tagline: 'The sea left something behind.',
    description: 'A mystery told twice a day, when the water is out.',
    tags: ['Mystery'],
    style: { palette: ['#1d3557', '#f1d4c0', '#457b9d', '#0d2038'], motif: 'waves' },
  },
  {
    gameId: 'emberfall',
    title: 'Emberfall',
    studio: 'Cinder & Sons',
    tagline: 'Keep the fire. Keep the road.',
    description: 'A caravan survives on what it dares to burn.',
    tags: ['Survival', 'Co-op'],
    style: { palette: ['#2b0f0e', '#ff7b39', '#6e1f14', '#150606'], motif: 'shards' },
  },
  {
    gameId: 'paper-armada',
    title: 'Armada',
    studio: 'Bathtub Admiralty',
    tagline: 'Fold. Launch. Sink.',
    description: 'Naval battles on a kitchen floor.',
    tags: ['Tactics', 'Funny'],
    style: { palette: ['#e9c46a', '#f4f1de', '#2a9d8f', '#1f5a53'], motif: 'peaks' },
  },
  {
    gameId: 'halflight',
    title: 'Halflight',
    studio: 'Long Exposure',
    tagline: 'Photograph what is not there.',
    description: 'One house, one camera, thirty-six frames.',
    tags: ['Horror', 'Short'],
    style: { palette: ['#111318', '#5c5f73', '#2c2e3a', '#08090c'], motif: 'towers' },
  },
  {
    gameId: 'overgrown',
    title: 'Overgrown',
    studio: 'Tall Grass',
    tagline: 'Be the garden.',
    description: 'A strategy game from the side of the weeds.',
    tags: ['Strategy', 'Funny'],
    style: { palette: ['#1b4332', '#b7e4c7', '#40916c', '#081c15'], motif: 'pines' },
  },
];

/** @param artBase Where the real art of the first four games is served, or null for stand-ins throughout. */
function artOf(sample: SampleTitle, artBase: string | null): LibraryGame['art'] {
  if (artBase !== null && sample.screenshots !== undefined) {
    const base = `${artBase}/${sample.gameId}`;
    return {
      cover: `${base}/cover.svg`,
      hero: `${base}/hero.svg`,
      icon: `${base}/icon.svg`,
      screenshots: Array.from(
        { length: sample.screenshots },
        (_, index) => `${base}/screenshot-${index + 1}.svg`,
      ),
    };
  }
  const style = { ...sample.style, title: sample.title };
  return {
    cover: drawStandIn(style, 'cover'),
    hero: drawStandIn(style, 'hero'),
    icon: drawStandIn(style, 'icon'),
    screenshots: [1, 2, 3].map((seed) => drawStandIn(style, 'shot', seed)),
  };
}

const base = (index: number, artBase: string | null): LibraryGame => {
  const sample = titles[index % titles.length] as SampleTitle;
  const { gameId, title, studio, tagline, description, tags } = sample;
  return makeGame({
    gameId,
    title,
    studio,
    tagline,
    description,
    tags: [...tags],
    accentColour: sample.style.palette[2],
    art: artOf(sample, artBase),
    latest: makeBuild({
      sizeBytes: 640_000_000 + index * 910_000_000,
      downloadBytes: 410_000_000 + index * 560_000_000,
    }),
  });
};

/** Twelve games in every state a library has. */
export function sampleGames(artBase: string | null): LibraryGame[] {
  const games = titles.map((_, index) => base(index, artBase));
  const play = (
    index: number,
    playedMinutesAgo: number,
    playSeconds: number,
    change: Partial<LibraryGame> = {},
  ): void => {
    const game = games[index];
    if (game === undefined) return;
    games[index] = {
      ...game,
      action: 'play',
      install: installed({
        folder: `/home/robin/Games/${game.gameId}`,
        build: makeBuild({ version: '1.1.0' }),
        sizeBytes: game.latest?.sizeBytes ?? 0,
      }),
      playSeconds,
      lastPlayedAt: ago(playedMinutesAgo),
      ...change,
    };
  };
  const outdated = (index: number, updateBytes: number): Partial<LibraryGame> => ({
    action: 'update',
    updateAvailable: true,
    updateBytes,
    install: installed({
      folder: `/home/robin/Games/${games[index]?.gameId ?? ''}`,
      sizeBytes: games[index]?.latest?.sizeBytes ?? 0,
      previous: makeBuild({ buildId: 10, version: '0.9.2' }),
    }),
    latest: games[index]?.latest ?? makeBuild(),
  });
  play(0, 95, 44_100, { favourite: true, ...outdated(0, 38_400_000) });
  play(1, 60 * 26, 9_800, { favourite: true });
  play(2, 60 * 50, 20_500, outdated(2, 12_900_000));
  play(3, 60 * 24 * 6, 5_400);
  play(4, 60 * 24 * 9, 187_000);
  play(6, 60 * 24 * 30, 61_000, {
    action: 'repair',
    install: installed({ folder: '/home/robin/Games/glasshaven', damaged: true }),
  });
  const unavailable = games[10];
  if (unavailable !== undefined) {
    games[10] = { ...unavailable, depot: null, latest: null, action: 'unavailable' };
  }
  return games;
}

/** A library of any size; the games repeat under numbered names. */
export function manyGames(count: number, artBase: string | null): LibraryGame[] {
  const twelve = sampleGames(artBase);
  return Array.from({ length: count }, (_, index) => {
    const game = twelve[index % twelve.length] ?? makeGame();
    if (index < twelve.length) return game;
    const number = Math.floor(index / twelve.length) + 1;
    return {
      ...game,
      gameId: `${game.gameId}-${number}`,
      title: `${game.title} ${number}`,
      favourite: false,
      lastPlayedAt: game.lastPlayedAt === null ? null : ago(60 * 24 * 31 + ((index * 7919) % 40_000)),
    };
  });
}
