import { expect, test } from 'vitest';
import { describeError, reasonOf } from './error-text.ts';

test('an error is its sentence, the next step and its code', () => {
  expect(describeError({ message: 'It broke.', next: 'Mend it.', code: 'BROKEN' })).toBe(
    'It broke.\nMend it.\n(BROKEN)\n',
  );
});

test.each([
  ['a line break', 'a\nb', 'a\\u000ab'],
  ['an escape sequence', '\u001b[2Jx', '\\u001b[2Jx'],
  ['a turn of writing direction', 'a\u202etxt.exe', 'a\\u202etxt.exe'],
  ['letters of any script', 'größe 深', 'größe 深'],
])('a name with %s cannot play with the terminal', (_what, name, shown) => {
  expect(describeError({ message: name, next: '', code: 'X' })).toBe(`${shown}\n\n(X)\n`);
});

test('what commander says becomes one sentence', () => {
  expect(reasonOf(new Error("error: unknown command 'pusch'\n(Did you mean push?)"))).toEqual({
    reason: "unknown command 'pusch' (Did you mean push?)",
  });
});
