import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

/** What jsdom leaves out and the launcher asks the window for. Sizes are a desktop window's. */
class SteadyResizeObserver implements ResizeObserver {
  readonly #callback: ResizeObserverCallback;

  constructor(callback: ResizeObserverCallback) {
    this.#callback = callback;
  }

  observe(target: Element): void {
    const box = [{ inlineSize: windowWidth, blockSize: windowHeight }];
    const entry = {
      target,
      borderBoxSize: box,
      contentBoxSize: box,
      devicePixelContentBoxSize: box,
      contentRect: new DOMRect(0, 0, windowWidth, windowHeight),
    };
    this.#callback([entry], this);
  }

  unobserve(): void {}
  disconnect(): void {}
}

const windowWidth = 1280;
const windowHeight = 800;

globalThis.DOMRect ??= class {
  static fromRect(): DOMRect {
    return new DOMRect();
  }
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  constructor(x = 0, y = 0, width = 0, height = 0) {
    this.x = x;
    this.y = y;
    this.width = width;
    this.height = height;
  }
} as unknown as typeof DOMRect;
globalThis.ResizeObserver = SteadyResizeObserver;
window.matchMedia = (query) =>
  Object.assign(new EventTarget(), { matches: false, media: query }) as MediaQueryList;
Element.prototype.scrollTo = () => {};
Element.prototype.scrollIntoView = () => {};
Element.prototype.getAnimations = () => [];
for (const [name, size] of [
  ['clientWidth', windowWidth],
  ['offsetWidth', windowWidth],
  ['clientHeight', windowHeight],
  ['offsetHeight', windowHeight],
] as const) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size });
}

// A busy machine is not a failure.
configure({ asyncUtilTimeout: 20_000 });

afterEach(() => {
  cleanup();
  window.localStorage.clear();
});
