import { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** What is wrong with an input and where, on one line: `launch[0].kind: Invalid option: expected one of "web"; it: …`. */
export function describeProblems({ issues }: { readonly issues: readonly Issue[] }): string {
  return issues
    .flatMap((issue) => causesOf(issue))
    .map(({ path, message }) => `${path.length === 0 ? 'it' : z.core.toDotPath(path)}: ${message}`)
    .join('; ');
}

/** Of an input that is none of several forms, what keeps it from the one it comes nearest to. */
function causesOf(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const nearest = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
  if (nearest.length === 0) return [issue];
  return nearest
    .flatMap((inner) => causesOf(inner))
    .map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function depthOf(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length));
}
