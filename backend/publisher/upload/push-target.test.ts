import { expect, test } from 'vitest';
import { parseChannelTarget, parseTarget } from './push-target.ts';

test('a target names game, depot and, if given, channel', () => {
  expect(parseTarget('skyforge/linux:beta')).toEqual({ gameId: 'skyforge', depot: 'linux', channel: 'beta' });
  expect(parseTarget('skyforge/web')).toEqual({ gameId: 'skyforge', depot: 'web', channel: undefined });
});

test.each([
  '',
  'skyforge',
  'skyforge/',
  'skyforge/amiga',
  'Sky/linux',
  'a/linux',
  'sky/linux:',
  'sky/linux:Beta',
  'sky/linux:a:b',
  '../linux',
])('refuses %j as a target', (target) => {
  expect(() => parseTarget(target)).toThrow(expect.objectContaining({ code: 'CLI_TARGET_INVALID' }));
});

test('promoting needs a channel', () => {
  expect(() => parseChannelTarget('skyforge/linux')).toThrow(
    expect.objectContaining({ code: 'CLI_TARGET_INVALID' }),
  );
});
