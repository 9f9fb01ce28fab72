import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { foldPath } from './path-fold.ts';
import { checkLinkTarget, checkTree, checkTreePath, type PolicyEntry, resolveInside } from './path-policy.ts';
import { compareUtf8 } from './utf8-order.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'ok';
}

const LONG_PATH = Array.from({ length: 20 }, () => 'ten-letter').join('/');

const PATHS: readonly (readonly [string, string])[] = [
  ['game.exe', 'ok'],
  ['Data/Levels/01 Début.pak', 'ok'],
  ['日本語/音.ogg', 'ok'],
  ['.hidden/..twice', 'ok'],
  ['console.log', 'ok'],
  ['com10', 'ok'],
  ['aux-cable/null', 'ok'],
  [' leading blank', 'ok'],
  ['a'.repeat(120), 'ok'],
  ['日'.repeat(85), 'ok'],
  ['', 'PATH_EMPTY'],
  ['\ud800', 'PATH_NOT_TEXT'],
  ['/etc/passwd', 'PATH_ABSOLUTE'],
  ['//server/share', 'PATH_ABSOLUTE'],
  ['C:/Windows', 'PATH_COLON'],
  ['C:evil', 'PATH_COLON'],
  ['x:ads', 'PATH_COLON'],
  ['C:\\Windows', 'PATH_BACKSLASH'],
  ['\\\\?\\C:\\x', 'PATH_BACKSLASH'],
  ['..\\..\\x', 'PATH_BACKSLASH'],
  ['a\u0000b', 'PATH_CONTROL_CHARACTER'],
  ['a\nb', 'PATH_CONTROL_CHARACTER'],
  ['a\u0085b', 'PATH_CONTROL_CHARACTER'],
  ['what?', 'PATH_FORBIDDEN_CHARACTER'],
  ['a|b', 'PATH_FORBIDDEN_CHARACTER'],
  ['<a>', 'PATH_FORBIDDEN_CHARACTER'],
  ['a//b', 'PATH_EMPTY_SEGMENT'],
  ['a/', 'PATH_EMPTY_SEGMENT'],
  ['./a', 'PATH_DOT_SEGMENT'],
  ['..', 'PATH_PARENT_SEGMENT'],
  ['a/../../b', 'PATH_PARENT_SEGMENT'],
  ['a./b', 'PATH_TRAILING_DOT_OR_SPACE'],
  ['a/b ', 'PATH_TRAILING_DOT_OR_SPACE'],
  ['a/...', 'PATH_TRAILING_DOT_OR_SPACE'],
  ['NUL', 'PATH_RESERVED_NAME'],
  ['data/nul.txt', 'PATH_RESERVED_NAME'],
  ['data/Aux', 'PATH_RESERVED_NAME'],
  ['COM1', 'PATH_RESERVED_NAME'],
  ['COM¹.log', 'PATH_RESERVED_NAME'],
  ['lpt9/x', 'PATH_RESERVED_NAME'],
  ['CONIN$', 'PATH_RESERVED_NAME'],
  ['con .txt', 'PATH_RESERVED_NAME'],
  ['a'.repeat(121), 'PATH_SEGMENT_TOO_LONG'],
  ['日'.repeat(86), 'PATH_SEGMENT_TOO_LONG'],
  [LONG_PATH, 'PATH_TOO_LONG'],
];

describe('checkTreePath', () => {
  it.each(PATHS)('judges %j: %s', (treePath, expected) => {
    expect(codeOf(() => checkTreePath(treePath))).toBe(expected);
  });

  it('refuses what is not text', () => {
    expect(codeOf(() => checkTreePath(7 as unknown as string))).toBe('PATH_NOT_TEXT');
  });

  it('only lets through paths that stay inside the root, on POSIX and on Windows', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '',
        '/',
        '\\',
        'C:',
        'NUL',
        'con',
        'aux.',
        ' ',
        '.',
        ':',
        '//',
        '\u0000',
        'COM¹',
        '~1',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
      fc.stringMatching(/^[a-z.]{1,8}$/),
    );
    const treePath = fc
      .array(piece, { minLength: 1, maxLength: 8 })
      .chain((pieces) => fc.constantFrom('', '/', '\\').map((separator) => pieces.join(separator)));
    let accepted = 0;
    fc.assert(
      fc.property(treePath, (candidate) => {
        if (codeOf(() => checkTreePath(candidate)) !== 'ok') return;
        accepted++;
        for (const [root, module] of [
          ['/games/one', path.posix],
          ['R:\\games\\one', path.win32],
        ] as const) {
          const absolute = resolveInside(root, candidate, module);
          if (absolute !== root + module.sep + candidate.split('/').join(module.sep)) {
            throw new Error(`${JSON.stringify(candidate)} resolves to ${absolute}`);
          }
        }
      }),
      { numRuns: 100_000, seed: 3 },
    );
    expect(accepted).toBeGreaterThan(500);
  });
});

describe('resolveInside', () => {
  it('joins on both platforms', () => {
    expect(resolveInside('/g', 'a/b', path.posix)).toBe('/g/a/b');
    expect(resolveInside('C:\\g', 'a/b', path.win32)).toBe('C:\\g\\a\\b');
    expect(resolveInside('C:\\', 'a', path.win32)).toBe('C:\\a');
  });

  it('refuses what the policy refuses', () => {
    expect(codeOf(() => resolveInside('/g', '../x'))).toBe('PATH_PARENT_SEGMENT');
  });
});

const LINKS: readonly (readonly [string, string, string])[] = [
  ['run', 'bin/game', 'ok'],
  ['bin/run', '../data/x', 'ok'],
  ['a/b/c', '../..', 'ok'],
  ['a/self', '.', 'ok'],
  ['a/b', './c//d/', 'ok'],
  ['Frameworks/X/Y', 'Versions/Current/Y', 'ok'],
  ['run', '', 'LINK_EMPTY'],
  ['run', '/usr/bin/env', 'LINK_ABSOLUTE'],
  ['run', '\\x', 'LINK_ABSOLUTE'],
  ['run', 'C:/x', 'LINK_ABSOLUTE'],
  ['run', '..', 'LINK_LEAVES_TREE'],
  ['a/run', '../../x', 'LINK_LEAVES_TREE'],
  ['a/run', './../../x', 'LINK_LEAVES_TREE'],
  ['run', 'a/../b', 'LINK_PARENT_AFTER_NAME'],
  ['a/b/m', 'l/../..', 'LINK_PARENT_AFTER_NAME'],
  ['run', 'a\\..\\..\\b', 'LINK_TARGET_REFUSED'],
  ['run', 'a\u0000', 'LINK_TARGET_REFUSED'],
  ['run', 'NUL', 'LINK_TARGET_REFUSED'],
  ['run', 'a/'.repeat(400), 'LINK_TOO_LONG'],
];

describe('checkLinkTarget', () => {
  it.each(LINKS)('judges %s -> %j: %s', (link, target, expected) => {
    expect(codeOf(() => checkLinkTarget(link, target))).toBe(expected);
  });
});

function file(treePath: string): PolicyEntry {
  return { kind: 'file', path: treePath };
}

const TREES: readonly (readonly [string, readonly PolicyEntry[], string])[] = [
  ['distinct names', [file('a/b'), file('a/c'), { kind: 'directory', path: 'a' }], 'ok'],
  ['one path twice', [file('a'), file('a')], 'PATH_DUPLICATE'],
  ['letter case', [file('a/Read.me'), file('a/read.ME')], 'PATH_CASE_COLLISION'],
  ['a folder that comes again', [file('a/b'), file('c'), file('a/d')], 'ok'],
  ['letter case in a folder that comes again', [file('a/b'), file('c'), file('a/B')], 'PATH_CASE_COLLISION'],
  ['letter case of a folder', [file('Data/a'), file('data/b')], 'PATH_CASE_COLLISION'],
  ['normal forms', [file('caf\u00e9'), file('cafe\u0301')], 'PATH_CASE_COLLISION'],
  ['sharp s', [file('Stra\u00dfe'), file('STRASSE')], 'PATH_CASE_COLLISION'],
  ['an ignored character', [file('save'), file('sa\u200cve')], 'PATH_CASE_COLLISION'],
  ['a file below a file', [file('a'), file('a/b')], 'PATH_UNDER_FILE'],
  ['a file below a file, told in the other order', [file('a/b'), file('a')], 'PATH_UNDER_FILE'],
  ['a file below a link', [{ kind: 'link', path: 'a', target: 'b' }, file('a/b')], 'PATH_UNDER_FILE'],
  ['a link out of the tree', [{ kind: 'link', path: 'a', target: '../b' }], 'LINK_LEAVES_TREE'],
  ['a link without a target', [{ kind: 'link', path: 'a' }], 'LINK_EMPTY'],
  ['a reserved name', [file('ok'), file('x/prn')], 'PATH_RESERVED_NAME'],
  ['the launcher’s own folder', [file('.gantry/installed.json')], 'PATH_LAUNCHER_FOLDER'],
  ['it in other letters', [{ kind: 'directory', path: '.GANTRY' }], 'PATH_LAUNCHER_FOLDER'],
  ['its name further down', [file('a/.gantry/b')], 'ok'],
];

describe('checkTree', () => {
  it.each(TREES)('judges %s', (_case, entries, expected) => {
    expect(codeOf(() => checkTree(entries))).toBe(expected);
  });

  it('finds every pair of names that letter case or normal form makes equal', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
      .filter((text) => codeOf(() => checkTreePath(text)) === 'ok' && !text.includes('/'));
    const change = fc.constantFrom<(text: string) => string>(
      (text) => text.toUpperCase(),
      (text) => text.toLowerCase(),
      (text) => text.normalize('NFD'),
      (text) => text.normalize('NFC'),
    );
    fc.assert(
      fc.property(name, change, (one, apply) => {
        const other = apply(one);
        expect(foldPath(other)).toBe(foldPath(one));
        if (other === one || codeOf(() => checkTreePath(other)) !== 'ok') return;
        expect(codeOf(() => checkTree([file(one), file(other)]))).toBe('PATH_CASE_COLLISION');
      }),
      { numRuns: 5000, seed: 4 },
    );
  });
});

describe('compareUtf8', () => {
  it('orders as the UTF-8 bytes do', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '/', 'é', '\ud7ff', '\ue000', '\uffff', '𐀀', '🎁'),
      maxLength: 5,
    });
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(Math.sign(compareUtf8(left, right))).toBe(
          Buffer.compare(Buffer.from(left), Buffer.from(right)),
        );
      }),
      { numRuns: 5000, seed: 5 },
    );
  });
});
