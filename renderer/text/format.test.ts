import { describe, expect, it } from 'vitest';
import { ago, now } from '../testing/builders.ts';
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatElapsed,
  formatPercent,
  formatSpeed,
  plural,
} from './format.ts';

describe('sizes', () => {
  it.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [1_000, '1 kB'],
    [999_600, '1.0 MB'],
    [38_400_000, '38.4 MB'],
    [142_000_000, '142 MB'],
    [1_210_000_000, '1.2 GB'],
    [1_960_000_000_000, '2.0 TB'],
    [5_000_000_000_000_000, '5,000 TB'],
  ])('%i bytes read as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('has a unit for speeds', () => {
    expect(formatSpeed(48_600_000)).toBe('48.6 MB/s');
    expect(formatSpeed(0)).toBe('0 kB/s');
  });
});

describe('times', () => {
  it.each([
    [0, '0 sec'],
    [0.2, '1 sec'],
    [59, '59 sec'],
    [94, '2 min'],
    [3_600, '1 hr'],
    [9_800, '2 hr 43 min'],
    [44_100, '12 hr'],
  ])('%d seconds read as %s', (seconds, text) => {
    expect(formatDuration(seconds).replaceAll(',', '')).toBe(text);
  });

  it('does not call 9:59 of ten minutes ten', () => {
    expect(formatElapsed(599)).toBe('9 min');
    expect(formatElapsed(59.9)).toBe('59 sec');
  });

  it.each([
    [0, 'now'],
    [5, '5 minutes ago'],
    [95, '1 hour ago'],
    [60 * 26, 'yesterday'],
    [60 * 24 * 9, 'last week'],
    [60 * 24 * 400, 'last year'],
  ])('%d minutes before now is %s', (minutes, text) => {
    expect(formatAgo(ago(minutes), now)).toBe(text);
  });

  it('never speaks of the future when the clock was wrong', () => {
    expect(formatAgo(ago(-90), now)).toBe('now');
  });
});

describe('formatPercent', () => {
  it('keeps 100 % for what is done', () => {
    expect(formatPercent(0.9999)).toBe('99%');
    expect(formatPercent(1)).toBe('100%');
  });
});

describe('plural', () => {
  it('chooses the form for the count', () => {
    const forms = { one: 'game', other: 'games' };
    expect([0, 1, 2].map((count) => plural(count, forms))).toEqual(['games', 'game', 'games']);
  });
});
