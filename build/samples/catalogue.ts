import { drawKnotworkArt } from './knotwork/knotwork-art.ts';
import { drawOrreryArt } from './orrery/orrery-art.ts';
import type { SampleArt, SampleDepot, SampleGame } from './sample-game.ts';
import { drawSkylarkArt } from './skylark/skylark-art.ts';
import { drawStillwaterArt } from './stillwater/stillwater-art.ts';

/** The sample games, the one that is really played first. */
export const samples: readonly SampleGame[] = [
  withArt(drawSkylarkArt, {
    gameId: 'skylark',
    title: 'Skylark',
    tagline: 'Carry the last lamp across the cloud sea.',
    description:
      'The beacons have gone out, and you are the only mail that still flies. Dive into the valleys, let go at the crests and let the hills throw you into the sky. Every beacon you reach pushes the dusk back; every clean swoop makes the next spark worth more. One button, one more flight.',
    genre: 'Arcade',
    tags: ['arcade', 'one button', 'relaxing', 'high score', 'controller'],
    studio: 'Paper Lantern Works',
    accentColour: '#FFB464',
    depot: 'web',
    depots: [webDepot('Fly', ['replays/**'])],
    versions: [
      {
        label: '1.0.3',
        changelog: [
          'Hills join without a bump between countries',
          'The dusk waits a little longer on the first leg',
        ],
      },
      {
        label: '1.1.0',
        changelog: [
          'New country: the Aurora Reach, under the northern lights',
          'Rings of northern wind to fly through',
          'A new piece of music for deep night',
          'The beacon’s bell was recorded again',
        ],
      },
    ],
    quests: [
      {
        questId: 'first-light',
        title: 'First light',
        description: 'Spend your first half minute in the air.',
        playSeconds: 30,
        rewardPoints: 50,
      },
      {
        questId: 'keeper-of-the-lamps',
        title: 'Keeper of the lamps',
        description: 'Fly for five minutes in all.',
        playSeconds: 300,
        rewardPoints: 200,
      },
      {
        questId: 'night-mail',
        title: 'Night mail',
        description: 'Fly for half an hour in all.',
        playSeconds: 1800,
        rewardPoints: 600,
      },
    ],
  }),
  withArt(drawStillwaterArt, {
    gameId: 'stillwater',
    title: 'Stillwater',
    tagline: 'A pond to sit beside.',
    description:
      'Touch the water and it answers: a ring, a note, five koi who come to look. There is nothing to win here and no clock. Leave it open while you read.',
    genre: 'Ambient',
    tags: ['calm', 'music', 'no goals', 'short sessions'],
    studio: 'Reed & Wren',
    accentColour: '#5FD0B4',
    depot: 'web',
    depots: [webDepot('Sit down', [])],
    versions: [
      {
        label: '1.2.0',
        changelog: ['Lilies open where the water was touched', 'Koi cast a shadow on the floor'],
      },
      {
        label: '1.3.0',
        changelog: ['The pond by night', 'Fireflies', 'A sixth koi, who came with the moon'],
      },
    ],
    quests: [
      {
        questId: 'ten-quiet-minutes',
        title: 'Ten quiet minutes',
        description: 'Stay with the koi for ten minutes.',
        playSeconds: 600,
        rewardPoints: 120,
      },
    ],
  }),
  withArt(drawKnotworkArt, {
    gameId: 'knotwork',
    title: 'Knotwork',
    tagline: 'Turn the tiles until no thread ends loose.',
    description:
      'Seventy boards of wool and gold to set right, one quarter turn at a time. No timer, no hints, no tricks: every board can be closed by looking at it long enough, and each sings a little when it is.',
    genre: 'Puzzle',
    tags: ['puzzle', 'logic', 'keyboard', 'short sessions'],
    studio: 'Thimble & Thread',
    accentColour: '#F2B04A',
    depot: 'web',
    depots: [webDepot('Open the book', [])],
    versions: [
      {
        label: '2.0',
        changelog: ['Forty boards in the Book of Wool', 'Arrow keys and space turn the tiles'],
      },
      { label: '2.1', changelog: ['The Book of Gold: thirty larger boards', 'Velvet beneath the threads'] },
    ],
    quests: [
      {
        questId: 'loose-ends',
        title: 'Loose ends',
        description: 'Untangle boards for three minutes.',
        playSeconds: 180,
        rewardPoints: 90,
      },
      {
        questId: 'master-weaver',
        title: 'Master weaver',
        description: 'Spend an hour at the loom.',
        playSeconds: 3600,
        rewardPoints: 800,
      },
    ],
  }),
  withArt(drawOrreryArt, {
    gameId: 'orrery',
    title: 'Orrery',
    tagline: 'A music box of planets.',
    description:
      'Six rings, each with its own pace and its own note. Set planets on them and let the sky play: the tune drifts apart and comes together again, and never quite repeats. On Linux it also plays by itself, with no window at all.',
    genre: 'Music',
    tags: ['music', 'toy', 'generative', 'calm', 'linux'],
    studio: 'Brass Moon',
    accentColour: '#E0B066',
    depot: 'web',
    depots: [
      webDepot('Wind it up', []),
      {
        depot: 'linux',
        launchTargets: [
          { targetId: 'main', title: 'Play one turn', kind: 'native', path: 'orrery.sh', arguments: [] },
        ],
        preserve: ['share/tunes/**'],
      },
    ],
    versions: [
      { label: '0.9', changelog: ['Rings can hold eight planets', 'Saturn has its belt'] },
      {
        label: '1.0',
        changelog: ['A comet on a seventh ring, going the other way', 'The almanac moved to the extras'],
      },
    ],
    quests: [
      {
        questId: 'music-of-the-spheres',
        title: 'Music of the spheres',
        description: 'Listen for two minutes.',
        playSeconds: 120,
        rewardPoints: 70,
      },
    ],
  }),
];

function webDepot(title: string, preserve: readonly string[]): SampleDepot {
  return {
    depot: 'web',
    launchTargets: [{ targetId: 'main', title, kind: 'web', path: 'index.html', arguments: [] }],
    preserve,
  };
}

/** Art is drawn when first asked for: most users of the catalogue only want its words. */
function withArt(draw: () => SampleArt, words: Omit<SampleGame, 'art'>): SampleGame {
  let art: SampleArt | undefined;
  return {
    ...words,
    get art() {
      art ??= draw();
      return art;
    },
  };
}
