import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INDEX_DENSITY, planIndex } from './old-index.ts';

const MEBIBYTE = 2 ** 20;
const densities = fc.constantFrom(...Object.values(INDEX_DENSITY));

describe('planIndex', () => {
  it('never plans beyond the budget, and has a slot for every indexed position', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.nat(2 ** 32), densities, (oldBytes, budgetBytes, density) => {
        const shape = planIndex(oldBytes, budgetBytes, density);
        if (shape === undefined) return;
        expect(shape.memoryBytes).toBeLessThanOrEqual(budgetBytes);
        expect(shape.memoryBytes).toBeGreaterThan(oldBytes + 32 * shape.bucketCount);
        expect(8 * shape.bucketCount).toBeGreaterThanOrEqual(oldBytes / shape.step);
      }),
    );
  });

  it('fits at every effort whenever it fits at one', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.nat(2 ** 32), (oldBytes, budgetBytes) => {
        const fits = Object.values(INDEX_DENSITY).map(
          (density) => planIndex(oldBytes, budgetBytes, density) !== undefined,
        );
        expect(new Set(fits).size).toBe(1);
      }),
    );
  });

  it('looks at every second position of 100 MiB within 384 MiB, and more sparsely in less', () => {
    expect(planIndex(100 * MEBIBYTE, 384 * MEBIBYTE)?.step).toBe(2);
    expect(planIndex(100 * MEBIBYTE, 200 * MEBIBYTE)?.step).toBe(5);
    expect(planIndex(100 * MEBIBYTE, 120 * MEBIBYTE)).toBeUndefined();
  });
});
