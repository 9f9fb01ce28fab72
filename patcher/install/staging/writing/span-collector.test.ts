import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ChunkSpan, SpanCollector } from './span-collector.ts';
import { SpanRooms } from './span-rooms.ts';

/** As bytes come from a connection: into one room after the other. */
function* push(collector: SpanCollector, bytes: Uint8Array): Generator<ChunkSpan> {
  for (let at = 0; at < bytes.length; ) {
    const part = bytes.subarray(at, at + collector.room.length);
    collector.room.set(part);
    at += part.length;
    yield* collector.took(part.length);
  }
}

const partArbitrary = fc.record({
  offset: fc.integer({ min: 0, max: 60 }),
  sizeBytes: fc.integer({ min: 1, max: 40 }),
  /** Decoded sizes that end a span here, there, or at the next file. */
  rawBytes: fc.constantFrom(1, 2 ** 20, 2 ** 22),
  beginsFile: fc.boolean(),
});

it('gives each chunk once, its bytes in a room of the span’s own, however they arrive and however chunks overlap', () => {
  fc.assert(
    fc.property(
      fc.array(partArbitrary, { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 0, max: 90 }),
      (unordered, steps, passingMs) => {
        const sorted = unordered.toSorted((a, b) => a.offset - b.offset || a.sizeBytes - b.sizeBytes);
        const parts = sorted.map(({ offset, sizeBytes }, row) => ({ row, offset, sizeBytes }));
        const offset = parts[0]?.offset ?? 0;
        const end = Math.max(...parts.map((part) => part.offset + part.sizeBytes));
        const object = Uint8Array.from({ length: end }, (_, at) => at * 7);
        let time = 0;
        const rooms = new SpanRooms();
        const collector = new SpanCollector({
          offset,
          parts,
          rawBytes: ({ row }) => sorted[row]?.rawBytes ?? 0,
          beginsFile: ({ row }) => sorted[row]?.beginsFile === true,
          rooms,
          now: () => (time += passingMs),
        });
        const given: number[] = [];
        const take = (spans: Iterable<ChunkSpan>) => {
          for (const span of spans) {
            for (const part of span.parts) {
              const at = part.offset - span.offset;
              expect(span.packed.slice(at, at + part.sizeBytes)).toEqual(
                object.slice(part.offset, part.offset + part.sizeBytes),
              );
              given.push(part.row);
            }
            // As when it is used again: what has not been given yet must not need it.
            new Uint8Array(span.packed.buffer).fill(0xee);
            rooms.giveBack(span.packed.buffer);
          }
        };
        for (let at = offset, step = 0; at < end; step++) {
          const to = Math.min(end, at + (steps[step % steps.length] as number));
          take(push(collector, object.subarray(at, to)));
          at = to;
        }
        take(collector.rest());
        expect(given).toEqual(parts.map(({ row }) => row));
      },
    ),
  );
});

it('gives what is whole when the rest does not come', () => {
  const parts = [
    { row: 0, offset: 0, sizeBytes: 3 },
    { row: 1, offset: 3, sizeBytes: 3 },
  ];
  const options = {
    offset: 0,
    parts,
    rawBytes: () => 3,
    beginsFile: () => true,
    rooms: new SpanRooms(),
    now: () => 0,
  };
  const collector = new SpanCollector(options);
  expect([...push(collector, Uint8Array.of(1, 2, 3, 4))]).toEqual([]);
  const [span, ...more] = collector.rest();
  expect(more).toEqual([]);
  expect(span?.parts).toEqual([parts[0]]);
  expect(span?.packed.slice()).toEqual(Uint8Array.of(1, 2, 3));
});

it('gives tiny files by the hundred, however many arrive at once, and ends in the middle of one only when it must', () => {
  const count = 5000;
  const parts = Array.from({ length: count }, (_, row) => ({ row, offset: row * 2, sizeBytes: 2 }));
  const lengthsOf = (beginsFile: () => boolean) => {
    const collector = new SpanCollector({
      offset: 0,
      parts,
      rawBytes: () => 2,
      beginsFile,
      rooms: new SpanRooms(),
      now: () => 0,
    });
    return [...push(collector, new Uint8Array(count * 2)), ...collector.rest()].map(
      (span) => span.parts.length,
    );
  };
  expect(lengthsOf(() => true)).toEqual([...Array.from({ length: 9 }, () => 512), 392]);
  expect(lengthsOf(() => false)).toEqual([2048, 2048, 904]);
});
