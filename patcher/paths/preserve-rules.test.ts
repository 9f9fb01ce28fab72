import { describe, expect, test } from 'vitest';
import { compilePreserveRules } from './preserve-rules.ts';

describe('compilePreserveRules', () => {
  test.each([
    ['saves/**', 'saves/a', true],
    ['saves/**', 'saves/deep/.hidden/slot', true],
    ['saves/**', 'saves', false],
    ['saves', 'saves/a', true],
    ['saves/', 'saves/deep/a', true],
    ['saves', 'saves2/a', false],
    ['*.ini', 'settings.ini', true],
    ['*.ini', '.ini', true],
    ['*.ini', 'sub/settings.ini', false],
    ['**/*.ini', 'settings.ini', true],
    ['**/*.ini', 'a/b/settings.ini', true],
    ['**/*.ini', 'a/b/settings.init', false],
    ['users/*/save?.dat', 'users/x/save1.dat', true],
    ['users/*/save?.dat', 'users/x/y/save1.dat', false],
    ['users/**/save.dat', 'users/save.dat', true],
    ['a.b', 'axb', false],
    ['**', 'anything/at/all', true],
    ['', 'anything', false],
  ])('%j of %j: %s', (pattern, treePath, expected) => {
    expect(compilePreserveRules([pattern])(treePath)).toBe(expected);
  });

  test('covers nothing without patterns', () => {
    expect(compilePreserveRules([])('saves/a')).toBe(false);
  });

  test('ends soon whatever the pattern', () => {
    const rules = compilePreserveRules([`${'*a'.repeat(150)}b`, `${'**/a/'.repeat(60)}b`]);
    expect(rules('a'.repeat(200))).toBe(false);
    expect(rules('a/'.repeat(99).concat('a'))).toBe(false);
  });
});
