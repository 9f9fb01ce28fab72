import { expect, test } from 'vitest';
import { parseSetting } from './settings-command.ts';

test.each([
  ['limit', '5MB', { downloadLimitBytesPerSecond: 5_000_000 }],
  ['limit', '750k', { downloadLimitBytesPerSecond: 750_000 }],
  ['limit', '1.5 GB', { downloadLimitBytesPerSecond: 1_500_000_000 }],
  ['limit', '4096', { downloadLimitBytesPerSecond: 4096 }],
  ['limit', 'off', { downloadLimitBytesPerSecond: 0 }],
  ['at-once', '4', { downloadsAtOnce: 4 }],
  ['hours', '23:30-06:00', { downloadWindow: { startMinute: 1410, endMinute: 360 } }],
  ['hours', 'off', { downloadWindow: null }],
  ['slow-while-playing', 'off', { slowWhilePlaying: false }],
  ['route', 'time', { routePreference: 'time' }],
  ['keep-previous', 'off', { keepPrevious: false }],
])('%s %s', (name, value, change) => {
  expect(parseSetting(name, value)).toEqual(change);
});

test.each([
  ['limit', 'much'],
  ['limit', '5 MiB'],
  ['limit', '-5MB'],
  ['at-once', '9'],
  ['hours', '25:00-06:00'],
  ['hours', '2-6'],
  ['slow-while-playing', 'maybe'],
  ['colour', 'red'],
])('%s cannot be %s', (name, value) => {
  expect(() => parseSetting(name, value)).toThrow(
    expect.objectContaining({ code: 'PLAYER_SETTING_INVALID' }),
  );
});
