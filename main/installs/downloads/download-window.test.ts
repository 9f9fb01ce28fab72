import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWindowOpen, nextOpening } from './download-window.ts';

const at = (hours: number, minutes = 0) => new Date(2026, 10, 22, hours, minutes);
const window = (start: number, end: number) => ({ startMinute: start * 60, endMinute: end * 60 });

test.each([
  [window(2, 6), at(1, 59), false],
  [window(2, 6), at(2), true],
  [window(2, 6), at(5, 59), true],
  [window(2, 6), at(6), false],
  [window(23, 7), at(23), true],
  [window(23, 7), at(3), true],
  [window(23, 7), at(7), false],
  [window(23, 7), at(12), false],
  [window(8, 8), at(4), true],
])('%o at %s is open: %s', (hours, time, open) => {
  expect(isWindowOpen(hours, time)).toBe(open);
});

test('opens next today or tomorrow, and is open then and not a minute before', () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  fc.assert(
    fc.property(minute, minute, minute, (startMinute, endMinute, now) => {
      const hours = { startMinute, endMinute };
      const from = at(0, now);
      const opening = nextOpening(hours, from);
      expect(isWindowOpen(hours, opening)).toBe(true);
      if (opening === from) return;
      expect(opening.getTime()).toBeGreaterThan(from.getTime());
      expect(opening.getTime() - from.getTime()).toBeLessThanOrEqual(86_400_000);
      expect(isWindowOpen(hours, new Date(opening.getTime() - 60_000))).toBe(false);
    }),
  );
});
