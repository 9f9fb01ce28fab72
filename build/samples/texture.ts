import { createTileNoise, fillFractalNoise } from './noise.ts';
import { createRandom } from './random.ts';

/** Red, green, blue, each 0–255. */
export type Colour = readonly [number, number, number];

/**
 * Ground seen in section: layers of paint bent by noise, brush strokes, stones and grain.
 * @param colours Four tones, from light to dark.
 * @returns `size`² RGBA pixels (8 bits each), tiling in both directions.
 */
export function paintGround(
  seed: string,
  size: number,
  colours: readonly [Colour, Colour, Colour, Colour],
): Buffer {
  const random = createRandom(seed);
  const bend = fillFractalNoise(random, { size, cells: 4, octaves: 4 });
  const stones = fillFractalNoise(random, { size, cells: 48, octaves: 1 });
  const stroke = createTileNoise(random, 64);
  const pixels = Buffer.allocUnsafe(size * size * 4);
  for (let y = 0, at = 0; y < size; y += 1) {
    const v = y / size;
    for (let x = 0; x < size; x += 1, at += 4) {
      const u = x / size;
      const folded = bend[at >> 2]!;
      const layers = 0.5 + 0.5 * Math.sin((v * 5 + folded * 1.6) * 2 * Math.PI);
      const brush = stroke(u * 0.25 + folded * 0.25, v);
      const stone = stones[at >> 2]! > 0.86 ? 0.35 : 0;
      const tone = clamp(layers * 0.55 + brush * 0.35 + folded * 0.4 - 0.2 - stone, 0, 2.999);
      writeTone(pixels, at, colours, tone, (random() - 0.5) * 7);
    }
  }
  return pixels;
}

/**
 * Clouds as coverage, 0 clear to 255 thick.
 * @param threshold How much of the sky stays clear, 0–1.
 * @returns `size`² bytes, tiling in both directions.
 */
export function paintClouds(
  seed: string,
  size: number,
  options: { cells: number; threshold: number },
): Buffer {
  const random = createRandom(seed);
  const shape = fillFractalNoise(random, { size, cells: options.cells, octaves: 5 });
  const drift = fillFractalNoise(random, { size, cells: 3, octaves: 2 });
  const pixels = Buffer.allocUnsafe(size * size);
  for (let at = 0; at < pixels.length; at += 1) {
    const cover = shape[at]! + (drift[at]! - 0.5) * 0.3;
    pixels[at] = clamp(Math.round(((cover - options.threshold) / (1 - options.threshold)) * 420), 0, 255);
  }
  return pixels;
}

/**
 * Soft patches of four tones, such as silt, nebula or moss.
 * @param options.cells Patches across the texture; `specks` is the share of bright dots, 0–1.
 * @returns `size`² RGBA pixels, tiling in both directions.
 */
export function paintPatches(
  seed: string,
  size: number,
  colours: readonly [Colour, Colour, Colour, Colour],
  options: { cells: number; specks: number; grain: number },
): Buffer {
  const random = createRandom(seed);
  const broad = fillFractalNoise(random, { size, cells: options.cells, octaves: 5 });
  const pixels = Buffer.allocUnsafe(size * size * 4);
  for (let index = 0; index < broad.length; index += 1) {
    const speck = random() < options.specks ? 130 * random() : 0;
    const tone = clamp((broad[index]! - 0.2) * 5, 0, 2.999);
    writeTone(pixels, index * 4, colours, tone, (random() - 0.5) * options.grain + speck);
  }
  return pixels;
}

/** Woven cloth: threads over and under, each a little different. Tiles; `size` must be a multiple of 8. */
export function paintWeave(
  seed: string,
  size: number,
  colours: readonly [Colour, Colour, Colour, Colour],
): Buffer {
  const random = createRandom(seed);
  const wear = fillFractalNoise(random, { size, cells: 5, octaves: 4 });
  const threads = Float32Array.from({ length: size / 4 }, random);
  const pixels = Buffer.allocUnsafe(size * size * 4);
  for (let y = 0, index = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1, index += 1) {
      const over = ((x >> 2) + (y >> 2)) % 2 === 0;
      const across = ((over ? y : x) % 4) / 3;
      const round = 1 - Math.abs(across - 0.5) * 1.2;
      const thread = threads[over ? y >> 2 : x >> 2]!;
      const tone = clamp(2.4 - round * 1.1 - thread * 0.5 - (wear[index]! - 0.5) * 1.8, 0, 2.999);
      writeTone(pixels, index * 4, colours, tone, (random() - 0.5) * 8);
    }
  }
  return pixels;
}

/** The bright net sunlight draws on the floor of a pond, as coverage. */
export function paintCaustics(seed: string, size: number): Buffer {
  const random = createRandom(seed);
  const first = fillFractalNoise(random, { size, cells: 9, octaves: 3 });
  const second = fillFractalNoise(random, { size, cells: 13, octaves: 3 });
  return Buffer.from(
    first.map((value, index) => {
      const line = 1 - Math.min(Math.abs(value - 0.5), Math.abs(second[index]! - 0.5)) * 16;
      return clamp(line, 0, 1) ** 2 * 255;
    }),
  );
}

/**
 * A rolling track: hills of changing length and height.
 * @returns `samples` little-endian 16-bit heights, 0 to 32767; the end meets the start.
 */
export function shapeTrack(seed: string, samples: number, options: { hills: number; rough: number }): Buffer {
  const random = createRandom(seed);
  const lengths = Array.from({ length: options.hills }, () => 0.7 + random() * 0.8);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const tall = Array.from({ length: options.hills }, () => 0.45 + random() * 0.55);
  const detail = createTileNoise(random, 512);
  const heights = Buffer.allocUnsafe(samples * 2);
  let at = 0;
  let passed = 0;
  lengths.forEach((length, hill) => {
    passed += length;
    const end = hill === options.hills - 1 ? samples : Math.round((passed / total) * samples);
    const start = at;
    for (; at < end; at += 1) {
      const t = (at - start) / (end - start);
      const wave = (1 - Math.cos(t * 2 * Math.PI)) / 2;
      const small = (detail(at / samples, 0.5) - 0.5) * options.rough;
      heights.writeUInt16LE(clamp(Math.round((wave * tall[hill]! + small + 0.05) * 30000), 0, 32767), at * 2);
    }
  });
  return heights;
}

function writeTone(
  pixels: Buffer,
  at: number,
  colours: readonly Colour[],
  tone: number,
  grain: number,
): void {
  const step = Math.floor(tone);
  const mix = tone - step;
  const from = colours[step]!;
  const to = colours[step + 1]!;
  for (let channel = 0; channel < 3; channel += 1) {
    const value = from[channel]! + (to[channel]! - from[channel]!) * mix + grain;
    pixels[at + channel] = clamp(Math.round(value), 0, 255);
  }
  pixels[at + 3] = 255;
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
