import { compareUtf8 } from '../paths/utf8-order.ts';
import { isPause, type Slices } from '../threads/slices.ts';

/** In an entry's place of {@link pairByPath}: nothing of the other list goes with it. */
export const UNPAIRED = -1;

interface Named {
  readonly path: string;
}

/**
 * Walk two listings in their order.
 * @param isPair Whether two entries of one path go together.
 * @returns Per new entry the place of the old one at the same path, or {@link UNPAIRED}.
 */
export function* pairByPath<Old extends Named, New extends Named>(
  old: readonly Old[],
  next: Iterable<New> & { readonly length: number },
  isPair: (old: Old, next: New) => boolean = () => true,
): Slices<Int32Array> {
  const pairs = new Int32Array(next.length).fill(UNPAIRED);
  let index = 0;
  let at = 0;
  for (const entry of next) {
    if (isPause(index)) yield;
    while (at < old.length && compareUtf8((old[at] as Old).path, entry.path) < 0) at++;
    const found = old[at];
    if (found?.path === entry.path && isPair(found, entry)) pairs[index] = at;
    index++;
  }
  return pairs;
}
