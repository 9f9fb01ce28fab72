import { decodeBit, encodeBit } from '../../assembly/binary-coder';
import { isEncoding } from '../../assembly/direction';

/** Write the bit, or read and return it. */
// @ts-ignore: decorator
@inline
export function codeBit<Direction>(bit: u32, probability: u32): u32 {
  if (isEncoding<Direction>()) {
    encodeBit(bit, probability);
    return bit;
  }
  return decodeBit(probability);
}
