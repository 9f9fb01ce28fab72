import { expect, test } from 'vitest';
import { findChain } from './find-chain.ts';

const patch = (oldBuildId: number, newBuildId: number, sizeBytes: number) => ({
  oldBuildId,
  newBuildId,
  sizeBytes,
});
const pathOf = (patches: ReturnType<typeof patch>[], oldBuildId: number, newBuildId: number) =>
  findChain(patches, { oldBuildId, newBuildId }).map((step) => `${step.oldBuildId}>${step.newBuildId}`);

test('the fewest bytes by two patches or more', () => {
  const patches = [patch(1, 2, 10), patch(2, 3, 10), patch(3, 4, 10), patch(2, 4, 15), patch(1, 4, 1)];
  expect(pathOf(patches, 1, 4)).toEqual(['1>2', '2>4']);
  expect(pathOf(patches, 1, 3)).toEqual(['1>2', '2>3']);
  expect(pathOf([...patches, patch(1, 3, 2)], 1, 4)).toEqual(['1>3', '3>4']);
});

test('no way where there is none, where a single patch is all, or where it is too long', () => {
  const line = [1, 2, 3, 4, 5].map((build) => patch(build, build + 1, 1));
  expect(pathOf(line, 1, 2)).toEqual([]);
  expect(pathOf(line, 2, 1)).toEqual([]);
  expect(pathOf(line, 1, 5)).toEqual(['1>2', '2>3', '3>4', '4>5']);
  expect(pathOf(line, 1, 6)).toEqual([]);
});

test('never goes in circles', () => {
  const patches = [patch(1, 2, 1), patch(2, 1, 1), patch(2, 3, 1), patch(3, 2, 1), patch(3, 4, 1)];
  expect(pathOf(patches, 1, 4)).toEqual(['1>2', '2>3', '3>4']);
  expect(pathOf(patches, 1, 1)).toEqual([]);
});
