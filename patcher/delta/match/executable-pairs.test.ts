import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Alignment, AlignmentBuilder } from './alignment.ts';
import { bridgeGaps, findExecutables, pairExecutables } from './executable-pairs.ts';
import { layOldSpace } from '../plan/old-space.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'gantry-executables-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function align(...rows: [newStart: number, oldStart: number, length: number][]): Alignment {
  const builder = new AlignmentBuilder();
  for (const row of rows) builder.add(...row);
  return builder.build();
}

function list({ count, newStart, oldStart, length }: Alignment): number[][] {
  return Array.from({ length: count }, (_, row) => [newStart[row], oldStart[row], length[row]] as number[]);
}

function piece(name: string, start: number, length: number, fileOffset = 0) {
  return { path: name, start, length, fileOffset, fileBytes: 100_000, namesake: undefined };
}

describe('executables of a patch', () => {
  it('are known by how they begin, and only when they are large enough for a map to pay', async () => {
    await writeFile(path.join(root, 'elf'), '\x7fELF and more');
    await writeFile(path.join(root, 'pe.exe'), 'MZ and more');
    await writeFile(path.join(root, 'text'), 'plain');
    await writeFile(path.join(root, 'empty'), '');
    const pieces = ['elf', 'pe.exe', 'text', 'empty'].map((name) => piece(name, 0, 10));
    const small = { ...piece('elf', 0, 10), fileBytes: 100 };
    expect(await findExecutables(root, pieces)).toEqual(new Set(['elf', 'pe.exe']));
    expect(await findExecutables(root, [small])).toEqual(new Set());
  });

  it('that cannot be read are a typed error', async () => {
    await expect(findExecutables(root, [piece('gone', 0, 10)])).rejects.toMatchObject({
      code: 'PATCH_READ_FAILED',
    });
  });

  it('pair with the old file that most of their bytes resemble, and two never with the same', () => {
    const space = layOldSpace([
      { path: 'a', sizeBytes: 1000 },
      { path: 'b', sizeBytes: 1000 },
    ]);
    const alignment = align([0, 900, 50], [50, 1000, 800], [1000, 1100, 300]);
    const pairs = pairExecutables(
      [{ pieces: [piece('new', 0, 1000, 4000), piece('other', 1000, 300)], alignment }],
      space,
    );
    expect(pairs).toMatchObject([{ newPath: 'new', oldFile: 1 }]);
    expect(pairs.map(({ rows }) => list(rows))).toEqual([[[4050, 0, 800]]]);
  });
});

describe('gaps between rows', () => {
  it('are bridged from both ends where about as much lies between the same rows in old', () => {
    expect(list(bridgeGaps(align([0, 0, 100], [300, 310, 50])))).toEqual([
      [0, 0, 200],
      [200, 210, 150],
    ]);
  });

  it('stay where old has nothing there, or far more', () => {
    const apart = align([0, 500, 100], [300, 0, 50]);
    const more = align([0, 0, 100], [300, 5000, 50]);
    expect(list(bridgeGaps(apart))).toEqual(list(apart));
    expect(list(bridgeGaps(more))).toEqual(list(more));
  });
});
