import { expect, test } from 'vitest';
import { decodeFrame, encodeChunk } from '../../formats/pack-format.ts';
import { SeededRandom } from '../random-bytes.ts';
import { findFramePlaces } from './zstd-places.ts';

const random = new SeededRandom(3);

test.each([
  ['words', random.text(9000), ['header of literals', 'literals', 'sequences']],
  ['noise', random.bytes(9000), ['stored bytes']],
  [
    '300,000 bytes of words, in blocks',
    random.text(300_000),
    ['header of literals', 'literals', 'sequences'],
  ],
])('the parts of a frame of %s follow each other to its end', (_what, raw, inside) => {
  const frame = encodeChunk(raw, 3);
  const places = findFramePlaces(frame);
  expect(new Set(places.map(({ name }) => name))).toEqual(
    new Set(['magic number', 'frame header', 'block header', ...inside, 'last byte']),
  );
  const parts = places.slice(0, -1);
  expect(parts[0]?.start).toBe(0);
  parts.forEach(({ end }, index) => expect(end).toBe(parts[index + 1]?.start ?? frame.length));
  expect(Buffer.compare(decodeFrame(frame, raw.length), raw)).toBe(0);
});
