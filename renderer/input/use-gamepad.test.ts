import { describe, expect, it } from 'vitest';
import { createReader } from './use-gamepad.ts';

/** A gamepad with these buttons held. */
const pad = (held: readonly number[], axes: readonly number[] = [0, 0]) => ({
  buttons: Array.from({ length: 17 }, (_, index) => ({ pressed: held.includes(index) })),
  axes,
});

describe('a gamepad reader', () => {
  it('makes one step of a press, however long it is held', () => {
    const read = createReader();
    expect([read(pad([0]), 0), read(pad([0]), 500), read(pad([0]), 9000)]).toEqual([['press'], [], []]);
  });

  it('presses again after letting go', () => {
    const read = createReader();
    read(pad([0]), 0);
    read(pad([]), 50);
    expect(read(pad([0]), 100)).toEqual(['press']);
  });

  it('repeats a held direction, late at first and then faster', () => {
    const read = createReader();
    const steps = [0, 200, 400, 450, 525].map((nowMs) => read(pad([13]), nowMs).length);
    expect(steps).toEqual([1, 0, 1, 0, 1]);
  });

  it('takes the stick as a direction only when it leans far', () => {
    expect(createReader()(pad([], [0.4, 0]), 0)).toEqual([]);
    expect(createReader()(pad([], [0.9, 0]), 0)).toEqual(['right']);
  });
});
