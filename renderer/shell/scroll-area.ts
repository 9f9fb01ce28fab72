import { createContext, type RefObject } from 'react';

/** The element that scrolls a screen; long lists measure themselves against it. */
export const ScrollAreaContext = createContext<RefObject<HTMLElement | null>>({ current: null });
