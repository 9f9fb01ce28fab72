import { list, TOTAL } from '../../assembly/ans';
import { priceOf } from './nibble-model';

/**
 * A yes or no: the probability of yes in `TOTAL`ths, learning 1/2^5 of the way, always within [31, TOTAL - 31].
 * @see docs/formats/extra-coding.md#flags
 */
const RATE: u32 = 5;

/** Yes lies at the bottom. */
// @ts-ignore: decorator
@inline
export function frequencyOfYes(model: usize): u32 {
  return load<u16>(model);
}

/** @param yes What the model says as yet. */
// @ts-ignore: decorator
@inline
export function learnYes(model: usize, yes: u32): void {
  store<u16>(model, <u16>(yes + ((TOTAL - yes) >> RATE)));
}

// @ts-ignore: decorator
@inline
export function learnNo(model: usize, yes: u32): void {
  store<u16>(model, <u16>(yes - (yes >> RATE)));
}

// @ts-ignore: decorator
@inline
export function encodeFlag(model: usize, flag: bool): void {
  const yes = frequencyOfYes(model);
  if (flag) {
    list(0, yes);
    learnYes(model, yes);
  } else {
    list(yes, TOTAL - yes);
    learnNo(model, yes);
  }
}

// @ts-ignore: decorator
@inline
export function priceFlag(model: usize, flag: bool): u32 {
  const yes = <u32>load<u16>(model);
  return priceOf(flag ? yes : TOTAL - yes);
}
