import { expect, test } from 'vitest';
import { readChoice, readPort, readWholeNumber } from './option-values.ts';

test('numbers and words of options become values', () => {
  expect(readWholeNumber('--limit', '20', { min: 1, max: 100 })).toBe(20);
  expect(readPort('--port', '0')).toBe(0);
  expect(readChoice('--depot', 'linux', ['windows', 'linux'])).toBe('linux');
});

test.each(['', ' ', 'x', '1.5', '-1', '65536', '1e9', 'NaN'])('%j is no port', (value) => {
  expect(() => readPort('--port', value)).toThrow(expect.objectContaining({ code: 'CLI_OPTION_INVALID' }));
});

test('a word that is none of the choices is refused with the choices', () => {
  expect(() => readChoice('--depot', 'amiga', ['windows', 'linux'])).toThrow(
    expect.objectContaining({ next: 'Allowed: windows, linux.' }),
  );
});
