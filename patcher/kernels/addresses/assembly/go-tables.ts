import { offset32, pointer64 } from './field';

/**
 * Tables of Go's runtime (`runtime/symtab.go`, `runtime/runtime2.go`, `internal/abi/type.go`): 32-bit distances from
 * bases that the module's data names.
 */

/** Bytes of a `_func` before its lists. */
const FUNCTION_BYTES: usize = 44;
/** A `_func` with longer lists is not taken for one. */
const LIST_MAX: u32 = 64;
/** A function is smaller than this: entries of neighbours are closer. */
const FUNCTION_CODE_MAX: u32 = 2 ** 22;

/**
 * The `_func` entries behind the function table. Each is followed by the next, which starts later in the code: what
 * looks so is taken for one, so the walk may begin anywhere.
 * @param text Where code begins. @param names `funcnametab`. @param programs `pctab`. @param data `go:func.*`.
 */
export function walkGoFunctions(
  begin: usize,
  last: usize,
  end: usize,
  text: u32,
  names: u32,
  programs: u32,
  data: u32,
): usize {
  let at = begin;
  while (at < last) {
    const next = endOfFunction(at, end);
    if (!next) {
      at += 4;
      continue;
    }
    offset32(at, text);
    offset32(at + 4, names);
    for (let field: usize = 16; field < 28; field += 4) offset32(at + field, programs);
    const programsEnd = at + FUNCTION_BYTES + ((<usize>load<u32>(at, 28)) << 2);
    for (let field = at + FUNCTION_BYTES; field < programsEnd; field += 4) offset32(field, programs);
    for (let field = programsEnd; field < next; field += 4) {
      if (load<u32>(field) !== u32.MAX_VALUE) offset32(field, data);
    }
    at = next;
  }
  return at;
}

/** Where the next `_func` begins; 0 when this is none. */
// @ts-ignore: decorator
@inline
function endOfFunction(at: usize, end: usize): usize {
  if (at + FUNCTION_BYTES + 4 > end) return 0;
  const programs = load<u32>(at, 28);
  const data = <u32>load<u8>(at, 43);
  if (programs > LIST_MAX || data > LIST_MAX || load<u8>(at, 42) !== 0) return 0;
  const next = at + FUNCTION_BYTES + ((<usize>(programs + data)) << 2);
  if (next + 4 > end) return 0;
  const codeBytes = load<u32>(next) - load<u32>(at);
  return codeBytes !== 0 && codeBytes < FUNCTION_CODE_MAX ? next : 0;
}

/**
 * Descriptions of types: 64-bit addresses, else 32-bit distances from the start of types, or of code where they
 * reach farther than types do.
 */
export function walkGoTypes(
  begin: usize,
  last: usize,
  end: usize,
  types: u32,
  typesBytes: u32,
  text: u32,
  base: u64,
  baseChange: i64,
): usize {
  let at = begin;
  for (; at < last; at += 8) {
    if (at + 8 > end) return last;
    if (pointer64(at, base, baseChange)) continue;
    offset32(at, load<u32>(at) < typesBytes ? types : text);
    offset32(at + 4, load<u32>(at, 4) < typesBytes ? types : text);
  }
  return at;
}
