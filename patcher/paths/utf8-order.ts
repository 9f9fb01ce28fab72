/**
 * Compare two well-formed strings by their UTF-8 bytes, which is the order of code points: the order of
 * manifests. It differs from `<` only where surrogate pairs meet characters from U+E000 on.
 */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return rankUnit(a) - rankUnit(b);
  }
  return left.length - right.length;
}

/** UTF-16 units ordered as the code points they begin: surrogates above everything else. */
function rankUnit(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}
