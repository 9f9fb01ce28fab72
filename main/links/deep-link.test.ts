import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../patcher/errors.ts';
import { parseDeepLink } from './deep-link.ts';

test.each([
  ['gantry://game/skylark', { view: 'game', gameId: 'skylark', intent: 'show' }],
  ['gantry://game/skylark/', { view: 'game', gameId: 'skylark', intent: 'show' }],
  ['gantry://game/skylark/install', { view: 'game', gameId: 'skylark', intent: 'install' }],
  ['gantry://game/sky-lark-2/play', { view: 'game', gameId: 'sky-lark-2', intent: 'play' }],
  ['gantry://quests', { view: 'quests', gameId: null, intent: 'show' }],
])('%s names its view', (link, target) => {
  expect(parseDeepLink(link)).toEqual(target);
});

test.each([
  [''],
  ['gantry://'],
  ['GANTRY://game/skylark'],
  ['gantry://game/Skylark'],
  ['gantry://game/sky%2elark'],
  ['gantry://game/skylark?arg=--no-sandbox'],
  ['gantry://game/skylark#x'],
  ['gantry://game/skylark/uninstall'],
  ['gantry://game/skylark/play/--flag'],
  ['gantry://game/skylark\n'],
  [' gantry://game/skylark'],
  ['gantry://game/../../x'],
  ['gantry://settings/open?path=/etc'],
  ['https://gantry/game/skylark'],
  [`gantry://game/${'a'.repeat(500)}`],
])('%j is no link', (link) => {
  expect(() => parseDeepLink(link)).toThrow(AppError);
});

test('whatever is accepted holds nothing but a view and a game’s name', () => {
  const piece = constantFrom(
    'gantry://',
    'game/',
    'skylark',
    '/play',
    '/install',
    '--',
    '..',
    ' ',
    '"',
    '&',
    '?',
    'quests',
  );
  const links = oneof(
    string(),
    array(piece, { maxLength: 6 }).map((parts) => parts.join('')),
  );
  const names = /^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$/;
  const isSound = (link: string): boolean => {
    try {
      const { view, gameId, intent } = parseDeepLink(link);
      return /^\w+$/.test(view) && /^\w+$/.test(intent) && (gameId === null || names.test(gameId));
    } catch (error) {
      return error instanceof AppError && error.code === 'LINK_INVALID';
    }
  };
  assert(property(links, isSound), { numRuns: 100_000 });
});
