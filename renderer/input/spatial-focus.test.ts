import { describe, expect, it } from 'vitest';
import { distanceIn } from './spatial-focus.ts';

const box = (left: number, top: number) => ({ left, top, right: left + 10, bottom: top + 10 });

describe('distanceIn', () => {
  it('knows what lies in a direction and what does not', () => {
    expect(distanceIn('right', box(0, 0), box(20, 0))).toBe(10);
    expect(distanceIn('left', box(0, 0), box(20, 0))).toBeNull();
    expect(distanceIn('down', box(0, 0), box(0, 20))).toBe(10);
    expect(distanceIn('up', box(0, 0), box(0, 20))).toBeNull();
  });

  it('prefers the same row to something nearer on the side', () => {
    const straight = distanceIn('right', box(0, 0), box(40, 0));
    const aside = distanceIn('right', box(0, 0), box(12, 60));
    expect(straight).toBeLessThan(aside ?? 0);
  });
});
