import { useLayoutEffect, useState, type RefObject } from 'react';

/** Width of an element and the size of a rem, both in CSS pixels; follows both. */
export function useSize(element: RefObject<HTMLElement | null>): {
  readonly width: number;
  readonly rem: number;
} {
  const [size, setSize] = useState({ width: 0, rem: 16 });
  useLayoutEffect(() => {
    const node = element.current;
    if (node === null) return;
    const measure = (): void => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
      setSize((old) =>
        old.width === node.clientWidth && old.rem === rem ? old : { width: node.clientWidth, rem },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
