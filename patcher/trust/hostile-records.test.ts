import { expect, test } from 'vitest';
import { tryHostileRecords } from '../testing/trust/hostile-records.ts';

test('records with anything changed in them are refused by name, or lead to the honest build', async () => {
  const { attempts, refused, harmless } = await tryHostileRecords(600, 1);
  expect(Object.values(refused).reduce((sum, count) => sum + count, harmless)).toBe(attempts);
  // The mutations reach what is behind the signatures, not the parser alone.
  expect(Object.keys(refused)).toEqual(
    expect.arrayContaining(['TRUST_DOCUMENT_INVALID', 'TRUST_MIXED', 'TRUST_TOO_LARGE']),
  );
}, 120_000);
