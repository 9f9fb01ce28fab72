import { expect, test } from 'vitest';
import { installed, makeGame } from '../testing/builders.ts';
import { gameStatus } from './game-status.ts';

const outdated = { install: installed({}), updateAvailable: true, action: 'update' } as const;

test('an update says what it downloads, not what the whole build would', () => {
  expect(gameStatus(makeGame({ ...outdated, updateBytes: 5_700_000 }), undefined)).toBe('Update, 5.7 MB');
});

test('an update whose plan is not known yet names no size', () => {
  expect(gameStatus(makeGame(outdated), undefined)).toBe('Update ready');
});
