import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useContext, useLayoutEffect, useState, type RefObject } from 'react';
import { ScrollAreaContext } from '../../shell/scroll-area.ts';

interface VirtualRowsOptions {
  readonly list: RefObject<HTMLElement | null>;
  readonly count: number;
  /** Height of every row in CSS pixels, gap included. */
  readonly rowHeight: number;
}

/** Only the rows near the window are in the document. The page scrolls, not the list, so its heading scrolls with it. */
export function useVirtualRows({ list, count, rowHeight }: VirtualRowsOptions) {
  const scrollArea = useContext(ScrollAreaContext);
  const [scrollMargin, setScrollMargin] = useState(0);
  // oxlint-disable-next-line react/incompatible-library -- the React compiler is not in use
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scrollArea.current,
    estimateSize: () => rowHeight,
    overscan: 2,
    scrollMargin,
    scrollPaddingStart: toolbarHeight(),
    scrollPaddingEnd: 24,
  });
  useLayoutEffect(() => {
    setScrollMargin(list.current?.offsetTop ?? 0);
    virtualizer.measure();
  }, [list, virtualizer, rowHeight, count]);
  const scrollToRow = useCallback(
    (row: number) => virtualizer.scrollToIndex(row, { align: 'auto' }),
    [virtualizer],
  );
  const rows = virtualizer.getVirtualItems();
  const shown = { first: firstSeen(virtualizer, rows[0]?.index ?? 0), last: rows.at(-1)?.index ?? 0 };
  return { rows, shown, totalHeight: virtualizer.getTotalSize(), scrollMargin, scrollToRow };
}

/** The sticky toolbar covers the top of the list, so a row scrolled to stops below it. */
function toolbarHeight(): number {
  return document.querySelector<HTMLElement>('[data-toolbar]')?.offsetHeight ?? 0;
}

function firstSeen(virtualizer: { range: { startIndex: number } | null }, fallback: number): number {
  return virtualizer.range?.startIndex ?? fallback;
}
