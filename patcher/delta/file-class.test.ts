import { describe, expect, it } from 'vitest';
import { classifyFile, FileClassifier } from './file-class.ts';

const bytes = (text: string) => () => Buffer.from(text, 'latin1');
const unread = () => {
  throw new Error('the name was enough');
};

describe('classifyFile', () => {
  it.each([
    ['game.exe', 'executable'],
    ['lib/libogg.so.0.8.5', 'executable'],
    ['art/Title.PNG', 'image'],
    ['music/theme.ogg', 'audio'],
    ['lang/english.txt', 'text'],
    ['data/base.pk3', 'archive'],
  ])('knows %s by its name as %s', (path, expected) => {
    expect(classifyFile(path, unread)).toBe(expected);
  });

  it.each([
    ['\x7fELF\x02\x01\x01\0', 'executable'],
    ['MZ\x90\0', 'executable'],
    ['\x89PNG\r\n\x1a\n', 'image'],
    ['OggS\0', 'audio'],
    ['PK\x03\x04', 'archive'],
    ['#!/bin/sh\necho 1\n', 'text'],
    ['Gr\u00c3\u00bc\u00c3\u009fe, \u00e6\u0097', 'text'],
    ['\x91\xc4\xf0\xa3\xee\xb2\x9c\xd5\xfa\xe1\x88\xc7\xb0\xdd\xa5\xf3', 'other'],
    ['\0\x01\x02', 'other'],
    ['', 'other'],
  ])('knows a file without a telling name by its beginning %j as %s', (start, expected) => {
    expect(classifyFile('bin/game', bytes(start))).toBe(expected);
    expect(classifyFile('game.2', bytes(start))).toBe(expected);
  });
});

describe('FileClassifier', () => {
  it('looks into one file of those whose names end alike, and into each without an ending', () => {
    const files = new FileClassifier();
    expect(files.classify('data/empty.ruleset', bytes(''))).toBe('other');
    expect(files.classify('data/game.ruleset', bytes('[options]\n'))).toBe('text');
    expect(files.classify('more/cities.RULESET', unread)).toBe('text');
    expect(files.classify('art/Title.PNG', unread)).toBe('image');
    expect(files.classify('bin/game', bytes('\x7fELF\x02\x01\x01\0'))).toBe('executable');
    expect(files.classify('bin/start', bytes('#!/bin/sh\n'))).toBe('text');
  });
});
