import { describe, expect, it } from 'vitest';
import { readReferenceFigures } from '../report/reference-figures.ts';
import { pairs } from './catalogue.ts';
import { chooseVersion, parseMadison, parseTargets } from './debian-archive.ts';

describe('the pairs', () => {
  it('have names of their own that serve as folder names', () => {
    const ids = pairs.map((pair) => pair.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z-]+$/);
  });

  it('compare two different versions', () => {
    for (const { id, source } of pairs) {
      if (source.from !== 'packed') expect(source.old, id).not.toEqual(source.new);
    }
  });

  it('are packed from pairs that exist and come from somewhere', () => {
    const packed = pairs.flatMap(({ source }) => (source.from === 'packed' ? [source.pair] : []));
    for (const id of packed) expect(pairs.find((pair) => pair.id === id)?.source.from).not.toBe('packed');
  });

  it('include every pair that has figures from elsewhere', async () => {
    const known = new Set(pairs.map((pair) => pair.id));
    const reference = await readReferenceFigures();
    expect(reference.size).toBeGreaterThan(0);
    for (const tool of reference.values()) for (const id of tool.pairs.keys()) expect(known).toContain(id);
  });
});

describe('a version in the archive', () => {
  const listed = parseMadison(
    [
      '  openttd |  15.1-1+b1 | http://mirror.example/debian sid/main amd64 Packages',
      '  openttd |  14.1-1+b1 | http://mirror.example/debian trixie/main amd64 Packages',
      '',
    ].join('\n'),
  );

  it('is read with its release', () => {
    expect(listed).toEqual([
      { version: '15.1-1+b1', suite: 'sid' },
      { version: '14.1-1+b1', suite: 'trixie' },
    ]);
  });

  it('is taken wherever it is', () => {
    expect(chooseVersion(listed, '14.1-1+b1', 'bookworm')).toBe('14.1-1+b1');
  });

  it('gives way to the release’s present one when it has gone', () => {
    expect(chooseVersion(listed, '15.0-1', 'sid')).toBe('15.1-1+b1');
  });

  it('is undefined when the release has none', () => {
    expect(chooseVersion(listed, '13.0-1', 'bookworm')).toBeUndefined();
    expect(chooseVersion([], '13.0-1', 'sid')).toBeUndefined();
  });
});

describe('the mirror', () => {
  it('is that of releases, not of updates, security or somebody else’s packages', () => {
    const text = [
      'http://packages.example/other stable',
      'http://mirror.example/debian-security bookworm-security',
      'http://mirror.example/debian bookworm-updates',
      'http://mirror.example/debian bookworm',
    ].join('\n');
    expect(parseTargets(text)).toBe('http://mirror.example/debian');
  });

  it('is undefined on a machine that has none', () => {
    expect(parseTargets('')).toBeUndefined();
    expect(parseTargets('http://mirror.example/ubuntu noble')).toBeUndefined();
  });
});
