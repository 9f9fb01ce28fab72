/**
 * Add up what two processes said of their parts of the same work. Numbers are added but for `worst…` and `points`, of
 * which the larger counts; lists are joined, of codes without repetition; reports of the same place in a list are one.
 */
export function mergeReports(left: unknown, right: unknown, name = ''): unknown {
  if (left === undefined) return right;
  if (right === undefined) return left;
  if (typeof left === 'number' && typeof right === 'number')
    return /^(?:worst|points)/.test(name) ? Math.max(left, right) : left + right;
  if (Array.isArray(left) && Array.isArray(right)) return mergeLists(left, right);
  if (isRecord(left) && isRecord(right)) {
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    return Object.fromEntries([...names].map((key) => [key, mergeReports(left[key], right[key], key)]));
  }
  return left;
}

function mergeLists(left: readonly unknown[], right: readonly unknown[]): unknown[] {
  const areReports = [...left, ...right].some((one) => isRecord(one) && 'failures' in one);
  if (areReports) return left.map((one, at) => mergeReports(one, right[at]));
  return [...new Set([...left, ...right])];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
