/**
 * Rebuild `next` from the parts of `previous` that did not change, so that selectors see the same objects
 * and only what really changed is drawn again. Both are plain JSON values.
 * @returns `previous` itself when the two are equal in depth.
 */
export function shareUnchanged<Value>(previous: Value, next: Value): Value {
  return share(previous, next) as Value;
}

function share(previous: unknown, next: unknown): unknown {
  if (Object.is(previous, next)) return previous;
  if (Array.isArray(previous) && Array.isArray(next)) return shareArray(previous, next);
  if (isRecord(previous) && isRecord(next)) return shareRecord(previous, next);
  return next;
}

function shareArray(previous: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  const shared = next.map((item, index) => share(partner(previous, item, index), item));
  const same = shared.length === previous.length && shared.every((item, index) => item === previous[index]);
  return same ? previous : shared;
}

/** The old item an item is compared with: the one at its place, which covers all lists that change by value. */
function partner(previous: readonly unknown[], item: unknown, index: number): unknown {
  const atPlace = previous[index];
  if (idOf(atPlace) === idOf(item)) return atPlace;
  return previous.find((candidate) => idOf(candidate) === idOf(item)) ?? atPlace;
}

function idOf(item: unknown): unknown {
  return isRecord(item) ? (item['questId'] ?? item['gameId']) : undefined;
}

function shareRecord(previous: Record<string, unknown>, next: Record<string, unknown>): unknown {
  const shared: Record<string, unknown> = {};
  let same = Object.keys(previous).length === Object.keys(next).length;
  for (const [key, value] of Object.entries(next)) {
    shared[key] = share(previous[key], value);
    if (shared[key] !== previous[key]) same = false;
  }
  return same ? previous : shared;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
