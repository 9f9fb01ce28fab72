import type { Effort } from '../effort.ts';

/** How the old bytes are indexed: the window at every `step`-th position. */
export interface IndexDensity {
  readonly step: number;
  /** Bytes that are equal where the index finds something: 8 to 16. */
  readonly windowBytes: number;
}

/** An index's density and size. */
export interface IndexShape extends IndexDensity {
  readonly bucketCount: number;
  /** Old bytes and table together. */
  readonly memoryBytes: number;
}

/** The densest index worth its time; what fits the memory budget may be sparser. */
export const INDEX_DENSITY = {
  fast: { step: 16, windowBytes: 12 },
  default: { step: 2, windowBytes: 12 },
  max: { step: 1, windowBytes: 12 },
} as const satisfies Record<Effort, IndexDensity>;

/**
 * What does not fit a budget so sparsely has its reference cut instead: an index still sparser would miss most of what
 * moved in small pieces. The same at every effort, as the reference is planned before the effort is looked at.
 */
const STEP_MAX = 8;
/** Eight slots of four bytes. */
const BUCKET_BYTES = 32;
/** Slots for each indexed position: with fewer, buckets overflow. */
const SLOTS_PER_POSITION = 1;
/** Old bytes are padded and the table aligned. */
const PADDING_BYTES = 2 ** 17;
/** What a kernel can address, less room for the threads' own areas. */
const ADDRESSABLE_BYTES = 3 * 2 ** 30;

/**
 * Choose the densest index that fits a budget.
 * @returns `undefined` when even the sparsest does not fit.
 */
export function planIndex(
  oldBytes: number,
  budgetBytes: number,
  { step: densest, windowBytes }: IndexDensity = INDEX_DENSITY.default,
): IndexShape | undefined {
  const affordableBytes = Math.min(budgetBytes, ADDRESSABLE_BYTES);
  if (shapeIndex(oldBytes, { step: STEP_MAX, windowBytes }).memoryBytes > affordableBytes) return undefined;
  let shape = shapeIndex(oldBytes, { step: densest, windowBytes });
  while (shape.memoryBytes > affordableBytes) {
    shape = shapeIndex(oldBytes, { step: shape.step + 1, windowBytes });
  }
  return shape;
}

function shapeIndex(oldBytes: number, { step, windowBytes }: IndexDensity): IndexShape {
  const slots = Math.ceil((oldBytes / step) * SLOTS_PER_POSITION);
  const bucketCount = Math.max(1, Math.ceil(slots / (BUCKET_BYTES / 4)));
  const memoryBytes = oldBytes + bucketCount * BUCKET_BYTES + PADDING_BYTES;
  return { step, windowBytes, bucketCount, memoryBytes };
}
