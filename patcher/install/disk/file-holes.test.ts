import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { partByZeros, readsAsZeros, readsAsZerosSync } from './file-holes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gantry-holes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const STEP = 64 * 1024;

it('parts bytes without gaps, and calls zeros nothing but whole steps of the file that hold only zeros', () => {
  const place = fc.nat({ max: 6 * STEP });
  fc.assert(
    fc.property(fc.array(place, { maxLength: 4 }), place, place, (ones, length, offset) => {
      const bytes = new Uint8Array(length);
      for (const at of ones) if (at < length) bytes[at] = 1;
      let end = 0;
      for (const stretch of partByZeros(bytes, offset)) {
        expect(stretch.start).toBe(end);
        expect(stretch.end).toBeGreaterThan(stretch.start);
        end = stretch.end;
        const held = bytes.subarray(stretch.start, stretch.end);
        if (!stretch.isZero) continue;
        expect([(offset + stretch.start) % STEP, held.length % STEP]).toEqual([0, 0]);
        expect(held.every((byte) => byte === 0)).toBe(true);
      }
      expect(end).toBe(length);
    }),
    { numRuns: 60 },
  );
});

it('finds the last one that is not zero, and takes what is behind a file’s end for zeros', async () => {
  await using handle = await open(path.join(folder, 'file'), 'w+');
  await handle.truncate(3 * STEP);
  await handle.write(Uint8Array.of(1), 0, 1, 2 * STEP + 7);
  const looks = [
    [0, 2 * STEP + 7, true],
    [0, 2 * STEP + 8, false],
    [2 * STEP + 8, 9 * STEP, true],
    [5 * STEP, 6 * STEP, true],
    [2 * STEP, 9 * STEP, false],
  ] as const;
  for (const [from, to, isZero] of looks) {
    expect(await readsAsZeros(handle, from, to)).toBe(isZero);
    expect(readsAsZerosSync(handle.fd, from, to)).toBe(isZero);
  }
});
