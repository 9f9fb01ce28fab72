import { describe, expect, test } from 'vitest';
import { fitSteps } from './fit-steps.ts';

/** Votes for addresses 0, 16, 32 …, one for each shift. */
function votes(shifts: readonly number[]): { addresses: Uint32Array; shifts: Int32Array } {
  return { addresses: Uint32Array.from(shifts, (_, row) => row * 16), shifts: Int32Array.from(shifts) };
}

function repeat(shift: number, count: number): number[] {
  return Array.from({ length: count }, () => shift);
}

describe('steps fitted to votes', () => {
  test('are one where no address moved by another distance', () => {
    expect(fitSteps(votes(repeat(32, 100)))).toEqual({
      stepStarts: Uint32Array.of(0),
      stepShifts: Int32Array.of(32),
    });
  });

  test('follow what moved, and ignore a stray vote', () => {
    const { stepStarts, stepShifts } = fitSteps(
      votes([...repeat(0, 40), 7777, ...repeat(0, 40), ...repeat(48, 40)]),
    );
    expect([...stepShifts]).toEqual([0, 48]);
    expect(stepStarts[1]).toBe(81 * 16);
  });

  test('return to a shift after a stretch of another', () => {
    const { stepShifts } = fitSteps(votes([...repeat(16, 20), ...repeat(-32, 20), ...repeat(16, 20)]));
    expect([...stepShifts]).toEqual([16, -32, 16]);
  });

  test('are one step of nothing when nobody votes', () => {
    expect(fitSteps(votes([]))).toEqual({ stepStarts: Uint32Array.of(0), stepShifts: Int32Array.of(0) });
  });
});
