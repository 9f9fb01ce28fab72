export type Direction = 'up' | 'down' | 'left' | 'right';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [role="switch"], [role="combobox"], [role="option"], [role="tab"], [tabindex="0"]';

/**
 * How far `to` is from `from` in a direction; smaller is nearer.
 * Sideways distance counts double, so that the focus stays in its row or column where it can.
 * @returns `null` where `to` does not lie in that direction at all.
 */
export function distanceIn(direction: Direction, from: Box, to: Box): number | null {
  const horizontal = direction === 'left' || direction === 'right';
  const ahead = {
    right: to.left - from.right,
    left: from.left - to.right,
    down: to.top - from.bottom,
    up: from.top - to.bottom,
  }[direction];
  // A pixel of overlap is rounding, more is the same row.
  if (ahead < -1) return null;
  const aside = horizontal
    ? Math.max(0, to.top - from.bottom, from.top - to.bottom) +
      Math.abs(middle(to.top, to.bottom) - middle(from.top, from.bottom)) / 4
    : Math.max(0, to.left - from.right, from.left - to.right) +
      Math.abs(middle(to.left, to.right) - middle(from.left, from.right)) / 4;
  return Math.max(0, ahead) + 2 * aside;
}

const middle = (start: number, end: number): number => (start + end) / 2;

/** Move the focus to the nearest control in a direction, inside the open dialog where there is one. */
export function moveFocus(direction: Direction): boolean {
  const room = document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]') ?? document.body;
  const candidates = [...room.querySelectorAll<HTMLElement>(focusable)].filter(isVisible);
  const current = document.activeElement;
  if (!(current instanceof HTMLElement) || current === document.body || !room.contains(current)) {
    candidates[0]?.focus();
    return candidates.length > 0;
  }
  const next = nearest(direction, current, candidates);
  next?.focus();
  next?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  return next !== null;
}

function nearest(
  direction: Direction,
  current: HTMLElement,
  candidates: readonly HTMLElement[],
): HTMLElement | null {
  const from = current.getBoundingClientRect();
  let best: HTMLElement | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate === current) continue;
    const distance = distanceIn(direction, from, candidate.getBoundingClientRect());
    if (distance === null || distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

function isVisible(element: HTMLElement): boolean {
  const box = element.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true });
}
