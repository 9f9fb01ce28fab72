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
