import { compareUtf8 } from './utf8-order.ts';
import { isPause, type Slices } from '../threads/slices.ts';

/** In an entry's place of {@link pairByPath}: nothing of the other list goes with it. */
export const UNPAIRED = -1;

export interface Named {
  readonly path: string;
}

/**
 * Walk two listings in their order.
 * @param isPair Whether two entries of one path go together.
 * @returns Per new entry the place of the old one at the same path, or {@link UNPAIRED}.
 */
export function* pairByPath<Old extends Named, New extends Named>(
  old: Iterable<Old>,
  next: Iterable<New> & { readonly length: number },
  isPair: (old: Old, next: New) => boolean = () => true,
): Slices<Int32Array> {
  const pairs = new Int32Array(next.length).fill(UNPAIRED);
  const olds = old[Symbol.iterator]();
  let found = olds.next();
  let at = 0;
  let index = 0;
  for (const entry of next) {
    if (isPause(index)) yield;
    for (; found.done !== true && compareUtf8(found.value.path, entry.path) < 0; at++) found = olds.next();
    if (found.done !== true && found.value.path === entry.path && isPair(found.value, entry))
      pairs[index] = at;
    index++;
  }
  return pairs;
}
