/** The two directions of a kernel written once: pass one as the type argument `Direction`. */
export type Encoding = u8;
export type Decoding = u16;

/** Known when compiling, so that each direction's code holds nothing of the other. */
// @ts-ignore: decorator
@inline
export function isEncoding<Direction>(): bool {
  return sizeof<Direction>() === 1;
}
