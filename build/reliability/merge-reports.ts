/**
 * Add up what two processes said of their parts of the same work. Numbers are added but for `worst…` and `points`, of
 * which the larger counts; lists are joined, of codes without repetition; reports of one job in a list are one.
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
  const merged = [...left];
  for (const one of right) {
    const at = merged.findIndex((other) => other === one || isSameJob(other, one));
    if (at === -1) merged.push(one);
    else merged[at] = mergeReports(merged[at], one);
  }
  return merged;
}

function isSameJob(left: unknown, right: unknown): boolean {
  if (!isRecord(left) || !isRecord(right) || !('failures' in left)) return false;
  return left['scenario'] === right['scenario'] && left['name'] === right['name'];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
