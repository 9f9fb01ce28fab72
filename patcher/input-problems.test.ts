import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeProblems } from './input-problems.ts';

test('problems of an input are said on one line, each with its place', () => {
  const launch = z.array(z.object({ kind: z.enum(['executable', 'web']) }).strict());
  const parsed = z
    .object({ launch })
    .strict()
    .safeParse({ launch: [{ kind: 'exe', icon: 1 }], size: 2 });
  expect(parsed.error === undefined ? '' : describeProblems(parsed.error)).toBe(
    'launch[0].kind: Invalid option: expected one of "executable"|"web"; launch[0]: Unrecognized key: "icon"; it: Unrecognized key: "size"',
  );
});

test('of something that may have several forms, the problem of the form it comes nearest to is told', () => {
  const entry = z.object({ kind: z.enum(['executable', 'web']) });
  const parsed = z
    .object({ launch: z.record(z.string(), entry).or(z.array(entry)) })
    .safeParse({ launch: [{ kind: 'exe' }] });
  expect(parsed.error === undefined ? '' : describeProblems(parsed.error)).toBe(
    'launch[0].kind: Invalid option: expected one of "executable"|"web"',
  );
});
