import { REFINEMENTS, REFINEMENT_BYTES } from './layout';
import { squash } from '../../assembly/mixing';

/**
 * A refinement corrects a probability in a small context by what came of such probabilities before: 33 steps of the logit
 * in each of 4,096 contexts, interpolated; the nearer of the two steps learns.
 */
export function resetRefinements(): void {
  for (let context: usize = 0; context < 0x1000; context++) {
    for (let step: usize = 0; step < 33; step++) {
      const value = <u16>squash((<i32>step - 16) * 128);
      store<u16>(REFINEMENTS + (context * 33 + step) * 2, value);
    }
  }
  memory.copy(REFINEMENTS + REFINEMENT_BYTES, REFINEMENTS, REFINEMENT_BYTES);
}

/** @returns Address of the step below the logit; the weight of the one above is `(logit + 2048) & 127`. */
// @ts-ignore: decorator
@inline
export function refinementAt(table: usize, context: u32, logit: i32): usize {
  return REFINEMENTS + table * REFINEMENT_BYTES + (<usize>context * 33 + <usize>((logit + 2048) >> 7)) * 2;
}

// @ts-ignore: decorator
@inline
export function refine(address: usize, logit: i32): u32 {
  const above = <u32>((logit + 2048) & 127);
  return (<u32>load<u16>(address) * (128 - above) + <u32>load<u16>(address, 2) * above) >> 7;
}

// @ts-ignore: decorator
@inline
export function updateRefinement(address: usize, logit: i32, bit: u32): void {
  const nearer = address + ((logit + 2048) & 64 ? 2 : 0);
  const value = <i32>load<u16>(nearer);
  store<u16>(nearer, <u16>(bit ? value + ((65535 - value) >> 6) : value - (value >> 6)));
}
