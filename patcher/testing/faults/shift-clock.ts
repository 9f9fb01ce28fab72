/**
 * Loaded before a program (`--import`): its calendar is wrong by `GANTRY_CLOCK_SHIFT_S` seconds, and jumps by
 * `GANTRY_CLOCK_JUMP_S` more at every hundredth look at it. Timers go on as they do on a machine whose clock is wrong.
 */
const shiftMs = Number(process.env['GANTRY_CLOCK_SHIFT_S'] ?? 0) * 1000;
const jumpMs = Number(process.env['GANTRY_CLOCK_JUMP_S'] ?? 0) * 1000;
const RealDate = Date;
const readNow = RealDate.now.bind(RealDate);
const LOOKS_A_JUMP = 100;
let looks = 0;

function shiftedNow(): number {
  return readNow() + shiftMs + jumpMs * Math.floor(looks++ / LOOKS_A_JUMP);
}

class ShiftedDate extends RealDate {
  static override now(): number {
    return shiftedNow();
  }

  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(shiftedNow());
    else super(given[0]);
  }
}
globalThis.Date = ShiftedDate as DateConstructor;
