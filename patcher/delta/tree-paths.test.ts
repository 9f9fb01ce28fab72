import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { resolveInside } from '../paths/path-policy.ts';
import { TreePaths } from './tree-paths.ts';

const ROOT = path.resolve('game');

describe('TreePaths', () => {
  it('gives what resolving each path alone gives', () => {
    const paths = new TreePaths(ROOT);
    for (const each of ['a', 'data/b', 'data/c.txt', 'data/maps/d', 'data/b', 'e']) {
      expect(paths.resolve(each)).toBe(path.toNamespacedPath(resolveInside(ROOT, each)));
    }
  });

  it('refuses what leaves the root or names a device, also in a folder that was used before', () => {
    const paths = new TreePaths(ROOT);
    paths.resolve('data/a');
    for (const each of [
      '..',
      '../a',
      'data/..',
      'data/../../a',
      'data/',
      '/a',
      '',
      'data/nul',
      'data/a\\b',
      'x/../a',
    ]) {
      expect(() => paths.resolve(each), each).toThrow(AppError);
    }
  });
});
