import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ShiftVotes } from './shift-votes.ts';

/** Addresses of one, two and three digits, so that there are equal ones too. */
const vote = fc.tuple(
  fc.oneof(fc.nat(20), fc.nat(2 ** 20), fc.integer({ min: 2 ** 30, max: 2 ** 32 - 1 })),
  fc.integer(),
);

it('gives votes by address, equal ones in the order they came, however often it was asked before', () => {
  fc.assert(
    fc.property(fc.array(fc.array(vote, { maxLength: 200 }), { maxLength: 4 }), (batches) => {
      using votes = new ShiftVotes();
      const all: [number, number][] = [];
      for (const batch of batches) {
        for (const [address, shift] of batch) votes.add(address, shift | 0);
        all.push(...batch);
        const sorted = votes.useSorted(({ addresses, shifts }) =>
          Array.from(addresses, (address, row) => [address, shifts[row]]),
        );
        expect(sorted).toEqual(all.toSorted(([a], [b]) => a - b));
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});
