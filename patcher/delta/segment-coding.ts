/** How a segment's parts are stored. Numbers are written into patches: never renumbered. */
export const DIFFERENCES_CODING = { quick: 1, full: 2 } as const;
export const EXTRA_CODING = { matched: 0, mixed: 1 } as const;
