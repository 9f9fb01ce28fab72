import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atOnce, inSlices, isPause, SharedTurn, type Slices } from './slices.ts';

/** Takes so many milliseconds, and may be paused after each. */
function* busy(forMs: number): Slices<number> {
  const began = performance.now();
  let pauses = 0;
  while (performance.now() - began < forMs) {
    const until = performance.now() + 1;
    while (performance.now() < until);
    pauses++;
    yield;
  }
  return pauses;
}

test('work in slices lets others have their turn, and gives the same as at once', async () => {
  const others = Array.from({ length: 3 }, () => setImmediate());
  const seen = await Promise.race([inSlices(busy(60)), Promise.all(others).then(() => 'the others')]);
  expect(seen).toBe('the others');
  expect(await inSlices(busy(3))).toBeGreaterThan(0);
  expect(atOnce(busy(3))).toBeGreaterThan(0);
});

test('what little there is to do is done without a pause', async () => {
  let isElsewhere = false;
  const elsewhere = setImmediate().then(() => {
    isElsewhere = true;
  });
  const few = function* (): Slices<string> {
    yield;
    return 'done';
  };
  expect(await inSlices(few())).toBe('done');
  expect(isElsewhere).toBe(false);
  await elsewhere;
});

test('an error of the work is thrown to whoever waits, however far it had come', async () => {
  const failing = function* (): Slices<void> {
    yield* busy(20);
    throw new RangeError('a row too many');
  };
  await expect(inSlices(failing())).rejects.toThrow('a row too many');
  expect(() => atOnce(failing())).toThrow('a row too many');
});

test('trees of few files are never paused, others every so many rows', () => {
  const pauses = Array.from({ length: 2000 }, (_, row) => row).filter(isPause);
  expect(pauses).toEqual([511, 1023, 1535]);
});

test('several that share a turn take no more than a slice of it together', async () => {
  const turn = new SharedTurn();
  const pieces: { readonly loop: number }[] = [];
  let loop = 0;
  let isDone = false;
  const count = (): void => {
    loop++;
    if (!isDone) globalThis.setImmediate(count);
  };
  globalThis.setImmediate(count);
  const worker = async () => {
    while (turn.isOver) await turn.next();
    atOnce(busy(5));
    pieces.push({ loop });
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  isDone = true;
  const [most = []] = [...Map.groupBy(pieces, (piece) => piece.loop).values()].sort(
    (a, b) => b.length - a.length,
  );
  expect(pieces).toHaveLength(6);
  // The second is begun while there is time.
  expect(most.length).toBeLessThanOrEqual(2);
});

test('a turn has time left until a slice of it was taken', async () => {
  const turn = new SharedTurn();
  expect(turn.isOver).toBe(true);
  await turn.next();
  expect(turn.isOver).toBe(false);
  atOnce(busy(10));
  expect(turn.isOver).toBe(true);
});
