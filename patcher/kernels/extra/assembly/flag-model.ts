import { consume, list, peek, TOTAL } from '../../assembly/ans';
import { priceOf } from './nibble-model';

/**
 * A yes or no: the probability of yes in `TOTAL`ths, learning 1/2^5 of the way, always within [31, TOTAL - 31].
 * @see docs/formats/extra-coding.md#flags
 */
const RATE: u32 = 5;

// @ts-ignore: decorator
@inline
export function decodeFlag(model: usize): bool {
  const yes = <u32>load<u16>(model);
  if (peek() < yes) {
    consume(0, yes);
    store<u16>(model, <u16>(yes + ((TOTAL - yes) >> RATE)));
    return true;
  }
  consume(yes, TOTAL - yes);
  store<u16>(model, <u16>(yes - (yes >> RATE)));
  return false;
}

// @ts-ignore: decorator
@inline
export function encodeFlag(model: usize, flag: bool): void {
  const yes = <u32>load<u16>(model);
  if (flag) {
    list(0, yes);
    store<u16>(model, <u16>(yes + ((TOTAL - yes) >> RATE)));
  } else {
    list(yes, TOTAL - yes);
    store<u16>(model, <u16>(yes - (yes >> RATE)));
  }
}

// @ts-ignore: decorator
@inline
export function priceFlag(model: usize, flag: bool): u32 {
  const yes = <u32>load<u16>(model);
  return priceOf(flag ? yes : TOTAL - yes);
}
