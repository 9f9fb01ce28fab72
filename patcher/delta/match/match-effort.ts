import type { MatchSearch, PricedSearch } from '../../kernels/match/match-kernel.ts';
import type { Effort } from '../effort.ts';

/**
 * Prices that made the smallest patches of several games and executables: they follow what the coders of the streams
 * make of a row, a difference and a byte stored as it is, and have to be measured anew when those change.
 */
const PRICES: PricedSearch['prices'] = {
  equal: 1,
  equalAfterDifference: 12,
  difference: 32,
  differenceAfterDifference: 8,
  differenceScale: 16,
  predictedDifference: 20,
  row: 448,
  seekBit: 14,
  gap: 48,
  predictedLiteral: 28,
  literalScale: 11,
};

/** How thoroughly each effort looks for old bytes. */
export const MATCH_SEARCH = {
  fast: 'greedy',
  default: { settledBytes: 48, candidatesMax: 4, trustedScore: 24, prices: PRICES },
  max: { settledBytes: 64, candidatesMax: 8, trustedScore: 32, prices: PRICES },
} as const satisfies Record<Effort, MatchSearch>;
