import { expect, test } from 'vitest';
import { defineErrors } from './errors.ts';

const { error } = defineErrors({
  TEST_FULL: {
    family: 'storage',
    sentence: '{name} takes {neededBytes}; {bytesMax} characters fit, {missing} is not known.',
    next: 'Free {neededBytes}.',
  },
});

test('a sentence says its facts, and sizes as people read them; the facts themselves stay exact', () => {
  const full = error('TEST_FULL', { name: 'It', neededBytes: 1_734_567_890, bytesMax: 120 });
  expect(full.message).toBe('It takes 1.7 GB; 120 characters fit, {missing} is not known.');
  expect(full.next).toBe('Free 1.7 GB.');
  expect(full.toData().details).toEqual({ name: 'It', neededBytes: 1_734_567_890, bytesMax: 120 });
});
