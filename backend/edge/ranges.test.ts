import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decideRange } from './ranges.ts';

it.each([
  [undefined, 'whole'],
  ['', 'whole'],
  ['bytes=', 'whole'],
  ['items=0-1', 'whole'],
  ['bytes=0-0', '0-1'],
  ['bytes=0-', '0-10'],
  ['bytes=9-', '9-10'],
  ['bytes=3-99', '3-10'],
  ['bytes=-3', '7-10'],
  ['bytes=-99', '0-10'],
  ['BYTES=1-2', '1-3'],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=10-12', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  // One range that makes no sense is no range.
  ['bytes=5-2', 'whole'],
  ['bytes=a-b', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=1-2-3', 'whole'],
  ['bytes=99999999999999999999-', 'whole'],
  // Several: ascending without overlap, all of them valid, else the whole object.
  ['bytes=0-1,4-5', '0-2,4-6'],
  ['bytes=0-1, 2-3', '0-2,2-4'],
  ['bytes=0-1,-2', '0-2,8-10'],
  ['bytes=4-5,0-1', 'whole'],
  ['bytes=0-4,4-5', 'whole'],
  ['bytes=0-1,50-60', 'whole'],
  ['bytes=0-1,x', 'whole'],
  [`bytes=${Array.from({ length: 101 }, () => '0-0').join(',')}`, 'whole'],
])('%s of ten bytes: %s', (header, expected) => {
  const decision = decideRange(header, 10);
  const slices =
    decision.kind === 'slices' ? decision.slices.map(({ start, end }) => `${start}-${end}`).join(',') : '';
  expect(decision.kind === 'slices' ? slices : decision.kind).toBe(expected);
});

it('cannot satisfy any range of an empty object', () => {
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
    expect(decideRange(header, 0).kind).toBe('unsatisfiable');
  }
});

it('never leaves the object, whatever the header', () => {
  const part = fc
    .tuple(fc.option(fc.nat(30)), fc.option(fc.nat(30)))
    .map(([a, b]) => `${a ?? ''}-${b ?? ''}`);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.nat(20), (parts, sizeBytes) => {
      const decision = decideRange(`bytes=${parts.join(',')}`, sizeBytes);
      for (const { start, end } of decision.kind === 'slices' ? decision.slices : []) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(start).toBeLessThan(end);
        expect(end).toBeLessThanOrEqual(sizeBytes);
      }
    }),
  );
});
