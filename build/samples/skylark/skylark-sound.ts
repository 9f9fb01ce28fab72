import { between, createRandom, pick } from '../random.ts';
import type { Random } from '../random.ts';
import type { SampleVersion } from '../sample-game.ts';
import { hertzOf, Loop } from '../sound.ts';

/** Chords as MIDI notes, bass first: open and warm, so any melody note of the scale fits. */
const warmChords = [
  [38, 57, 62, 66, 69],
  [43, 59, 62, 67, 71],
  [35, 59, 62, 66, 74],
  [45, 57, 61, 64, 69],
];
const coolChords = [
  [36, 55, 60, 63, 70],
  [44, 56, 60, 63, 67],
  [39, 58, 63, 67, 70],
  [34, 58, 62, 65, 70],
];
const warmScale = [62, 64, 66, 69, 71, 74, 76, 78, 81];
const coolScale = [60, 63, 65, 67, 70, 72, 75, 77, 79];

/** Slow, wide: pads and a plucked tune. 40 s, loops. */
export function composeTitle(seed: string): Buffer {
  const random = createRandom(`${seed}/music/title`);
  const loop = new Loop(40, random);
  for (let bar = 0; bar < 8; bar += 1) {
    playChord(loop, warmChords[bar % 4]!, bar * 5, 6.4, 0.06);
    playTune(loop, random, {
      scale: warmScale,
      start: bar * 5,
      beats: 8,
      beat: 0.625,
      gain: 0.2,
      rest: 0.35,
    });
  }
  return loop.toWav();
}

/** Quicker, with soft drums: what flying sounds like. 48 s, loops. */
export function composeFlight(seed: string): Buffer {
  const random = createRandom(`${seed}/music/flight`);
  const loop = new Loop(48, random);
  for (let bar = 0; bar < 16; bar += 1) {
    const start = bar * 3;
    const chord = warmChords[(bar >> 1) % 4]!;
    if (bar % 2 === 0) playChord(loop, chord, start, 6.8, 0.042);
    for (let eighth = 0; eighth < 8; eighth += 1) {
      const note = chord[1 + ((eighth * 3) % 4)]!;
      loop.pluck(start + eighth * 0.375, hertzOf(note + 12), 0.11, eighth % 2 === 0 ? -0.4 : 0.4, 1.1);
      loop.hiss(start + eighth * 0.375, 0.07, eighth % 2 === 0 ? 0.09 : 0.15, 0.2, 0.9);
    }
    for (const beat of [0, 1.5]) loop.drum(start + beat, 74, 0.42);
    loop.drum(start + 2.625, 62, 0.25);
    playTune(loop, random, { scale: warmScale, start, beats: 8, beat: 0.375, gain: 0.17, rest: 0.45 });
  }
  return loop.toWav();
}

/** Bells over a cold, open chord. 36 s, loops. */
export function composeDeepNight(seed: string): Buffer {
  const random = createRandom(`${seed}/music/deep-night`);
  const loop = new Loop(36, random);
  for (let bar = 0; bar < 6; bar += 1) {
    playChord(loop, coolChords[bar % 4]!, bar * 6, 7.6, 0.055);
    for (let beat = 0; beat < 10; beat += 1) {
      if (random() < 0.45) continue;
      loop.bell(
        bar * 6 + beat * 0.6,
        hertzOf(pick(random, coolScale) + 12),
        0.09,
        between(random, -0.7, 0.7),
      );
    }
  }
  return loop.toWav();
}

/** Wind over the downs, raw mono. 24 s, loops. */
export function recordWind(seed: string): Buffer {
  const random = createRandom(`${seed}/sound/wind`);
  const loop = new Loop(24, random);
  for (let gust = 0; gust < 14; gust += 1) {
    loop.hiss(gust * 1.75, between(random, 3, 6), between(random, 0.4, 0.9), 0, between(random, 0.02, 0.07));
  }
  return loop.toMono();
}

/** The game's own sounds as raw mono; version 2 has a new beacon bell and the wind rings. */
export function recordSounds(seed: string, version: SampleVersion): { name: string; samples: Buffer }[] {
  const record = (name: string, seconds: number, play: (loop: Loop, random: Random) => void) => {
    const random = createRandom(`${seed}/sound/${name}`);
    const loop = new Loop(seconds, random);
    play(loop, random);
    return { name, samples: loop.toMono() };
  };
  const bell = version === 1 ? [74, 81] : [69, 76, 81, 88];
  const sounds = [
    record('spark', 0.7, (loop) => loop.bell(0, hertzOf(86), 0.5, 0, 0.65)),
    record('swoop', 1.1, (loop) => loop.hiss(0, 1, 1.6, 0, 0.16)),
    record('touch', 0.4, (loop) => loop.hiss(0, 0.36, 1, 0, 0.3)),
    record('clatter', 0.6, (loop) => {
      loop.drum(0, 95, 0.8);
      loop.hiss(0, 0.3, 1, 0, 0.5);
    }),
    record('beacon', 4, (loop) => {
      bell.forEach((note, index) => loop.bell(index * 0.14, hertzOf(note), 0.34, 0, 3.2));
    }),
  ];
  if (version === 1) return sounds;
  return [
    ...sounds,
    record('ring', 1.6, (loop) => {
      loop.bell(0, hertzOf(79), 0.3, 0, 1.4);
      loop.bell(0.09, hertzOf(86), 0.3, 0, 1.4);
    }),
  ];
}

function playChord(loop: Loop, chord: readonly number[], start: number, seconds: number, gain: number): void {
  chord.forEach((note, voice) => {
    loop.pad(start, seconds, hertzOf(note), voice === 0 ? gain * 1.8 : gain, (voice - 2) * 0.28);
  });
}

function playTune(
  loop: Loop,
  random: Random,
  tune: { scale: readonly number[]; start: number; beats: number; beat: number; gain: number; rest: number },
): void {
  let degree = Math.floor(random() * tune.scale.length);
  for (let beat = 0; beat < tune.beats; beat += 1) {
    degree = Math.max(0, Math.min(tune.scale.length - 1, degree + Math.round(between(random, -2.4, 2.4))));
    if (random() < tune.rest) continue;
    loop.pluck(
      tune.start + beat * tune.beat,
      hertzOf(tune.scale[degree]!),
      tune.gain,
      between(random, -0.5, 0.5),
    );
  }
}
