import type { SampleVersion } from '../sample-game.ts';
import type { Colour } from '../texture.ts';

type Country = {
  readonly name: string;
  /** First build that has it. */
  readonly since: SampleVersion;
  readonly track: string;
  readonly texture: string;
  /** Hills on the whole track and how uneven they are. */
  readonly hills: number;
  readonly rough: number;
  /** Height of the tallest hill in world pixels. */
  readonly relief: number;
  /** How many stars show, 0–1. */
  readonly night: number;
  readonly aurora: number;
  readonly flora: 'pine' | 'round' | 'reed' | 'crystal';
  /** Ground texture tones, light to dark. */
  readonly paint: readonly [Colour, Colour, Colour, Colour];
  readonly palette: Readonly<Record<string, string>>;
};

/** The countries in the order the route crosses them. */
export const countries: readonly Country[] = [
  {
    name: 'Amber Downs',
    since: 1,
    track: 'track/amber',
    texture: 'ground/amber',
    hills: 330,
    rough: 0.015,
    relief: 265,
    night: 0,
    aurora: 0,
    flora: 'round',
    paint: [
      [255, 196, 112],
      [236, 148, 76],
      [196, 98, 70],
      [128, 58, 74],
    ],
    palette: {
      skyTop: '#3f3a8c',
      skyMiddle: '#e0707a',
      skyLow: '#ffd08a',
      sun: '#ffdf9e',
      ridgeFar: '#d98a92',
      ridgeNear: '#7c3f72',
      bandLight: '#ffd08a',
      shade: '#4a1f52',
      rim: '#ffcf7d',
      flora: '#a83f5c',
      trunk: '#4d2347',
      stone: '#c9737c',
      lamp: '#ffce74',
    },
  },
  {
    name: 'Aurora Reach',
    since: 2,
    track: 'track/aurora',
    texture: 'ground/aurora',
    hills: 300,
    rough: 0.02,
    relief: 320,
    night: 1,
    aurora: 1,
    flora: 'crystal',
    paint: [
      [172, 226, 236],
      [98, 160, 200],
      [52, 92, 148],
      [26, 44, 92],
    ],
    palette: {
      skyTop: '#070b26',
      skyMiddle: '#12305c',
      skyLow: '#2f8f93',
      sun: '#d8f4ff',
      ridgeFar: '#2a6e84',
      ridgeNear: '#12254f',
      bandLight: '#bdf3ff',
      shade: '#0a1236',
      rim: '#dffbff',
      flora: '#4fb9d6',
      trunk: '#16224c',
      stone: '#4a6fa0',
      lamp: '#ffd68c',
    },
  },
  {
    name: 'Teal Fens',
    since: 1,
    track: 'track/fens',
    texture: 'ground/fens',
    hills: 350,
    rough: 0.01,
    relief: 240,
    night: 0.1,
    aurora: 0,
    flora: 'reed',
    paint: [
      [186, 222, 150],
      [110, 182, 138],
      [46, 124, 122],
      [20, 70, 92],
    ],
    palette: {
      skyTop: '#1a5a86',
      skyMiddle: '#62b9b4',
      skyLow: '#f6ecc0',
      sun: '#fff2c4',
      ridgeFar: '#86c4b8',
      ridgeNear: '#23697a',
      bandLight: '#d6f0b0',
      shade: '#0d3a54',
      rim: '#e4f5b2',
      flora: '#1f7a72',
      trunk: '#123f52',
      stone: '#79b0a0',
      lamp: '#ffd98c',
    },
  },
  {
    name: 'Violet Heights',
    since: 1,
    track: 'track/violet',
    texture: 'ground/violet',
    hills: 290,
    rough: 0.03,
    relief: 330,
    night: 0.8,
    aurora: 0,
    flora: 'pine',
    paint: [
      [206, 150, 232],
      [146, 92, 196],
      [92, 54, 150],
      [48, 28, 96],
    ],
    palette: {
      skyTop: '#140f3c',
      skyMiddle: '#5a2d84',
      skyLow: '#e07fa8',
      sun: '#ffd6e6',
      ridgeFar: '#9a5a9e',
      ridgeNear: '#3a1c64',
      bandLight: '#e7b8ff',
      shade: '#1c0d40',
      rim: '#f2c6ff',
      flora: '#45267e',
      trunk: '#22103f',
      stone: '#7d58a8',
      lamp: '#ffcf86',
    },
  },
];

/** `data/route.json`, which the game reads first. */
export function serializeRoute(version: SampleVersion, label: string): string {
  const route = {
    version: label,
    news: version === 1 ? '' : 'New in 1.1 · The Aurora Reach',
    legLength: 9000,
    ridge: 'track/ridge',
    clouds: ['clouds/high', 'clouds/low'],
    sounds: ['spark', 'swoop', 'touch', 'clatter', 'beacon', ...(version === 2 ? ['ring'] : [])],
    music: {
      title: version === 1 ? 'music/title.wav' : 'music/themes/title.wav',
      flight: 'music/flight.wav',
      ...(version === 2 ? { night: 'music/themes/deep-night.wav' } : {}),
    },
    countries: routeOrder(version).map(({ name, track, texture, relief, night, aurora, flora, palette }) => ({
      name,
      track,
      texture,
      relief,
      night,
      aurora,
      flora,
      palette,
    })),
  };
  return `${JSON.stringify(route, null, 1)}\n`;
}

/** A new country should be seen at once, so version 2's route starts under the lights. */
function routeOrder(version: SampleVersion): readonly Country[] {
  const shown = countries.filter((country) => country.since <= version);
  return version === 1 ? shown : [shown[1]!, shown[0]!, ...shown.slice(2)];
}
