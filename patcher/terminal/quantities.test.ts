import { expect, test } from 'vitest';
import { formatBytes, formatSeconds, formatTable, formatUsd } from './quantities.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9_949, '9.9 kB'],
  [24_300_000, '24 MB'],
  [999_600, '1.0 MB'],
  [1_500_000_000_000_000, '1500 TB'],
])('writes %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.42, '0.4 s'],
  [12.4, '12 s'],
  [185, '3 min 05 s'],
  [7800, '2 h 10 min'],
])('writes %d seconds as %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test('a cost below a cent is not shown as nothing', () => {
  expect(formatUsd(0)).toBe('$0.00');
  expect(formatUsd(0.00042)).toBe('$0.00042');
  expect(formatUsd(40724.48)).toBe('$40724.48');
});

test('columns are as wide as their widest cell', () => {
  expect(
    formatTable([
      ['a', 'b'],
      ['long', 'x'],
    ]),
  ).toBe('a     b\nlong  x');
});
