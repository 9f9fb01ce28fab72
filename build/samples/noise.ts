import type { Random } from './random.ts';

/** Smooth noise in [0, 1] over the unit square; it repeats at the borders, so textures tile. */
export type TileNoise = (u: number, v: number) => number;

/**
 * Smooth value noise on a grid that wraps around.
 * @param cells Grid cells per side; more cells mean finer detail.
 */
export function createTileNoise(random: Random, cells: number): TileNoise {
  const grid = Float32Array.from({ length: cells * cells }, random);
  return (u, v) => {
    const x = u * cells;
    const y = v * cells;
    const column = Math.floor(x);
    const row = Math.floor(y);
    const fx = smooth(x - column);
    const fy = smooth(y - row);
    const left = wrap(column, cells);
    const right = left + 1 === cells ? 0 : left + 1;
    const top = wrap(row, cells) * cells;
    const bottom = top + cells === cells * cells ? 0 : top + cells;
    const upper = grid[top + left]! + (grid[top + right]! - grid[top + left]!) * fx;
    const lower = grid[bottom + left]! + (grid[bottom + right]! - grid[bottom + left]!) * fx;
    return upper + (lower - upper) * fy;
  };
}

/** Several octaves of tile noise, each twice as fine and half as strong; result in [0, 1]. */
export function createFractalNoise(random: Random, options: { cells: number; octaves: number }): TileNoise {
  const layers = Array.from({ length: options.octaves }, (_, octave) =>
    createTileNoise(random, options.cells * 2 ** octave),
  );
  const total = 2 - 2 ** (1 - options.octaves);
  return (u, v) => {
    let sum = 0;
    let weight = 1;
    for (const layer of layers) {
      sum += layer(u, v) * weight;
      weight /= 2;
    }
    return sum / total;
  };
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function wrap(index: number, cells: number): number {
  return ((index % cells) + cells) % cells;
}
