/**
 * Copy bytes of which one side may be shared between threads. `TypedArray.set` copies those byte for byte unless both sides lie
 * alike in words of 8, and so takes five times as long; a `Buffer` filled with as many bytes as it has room for copies them as memory.
 * @param into As long.
 */
export function copyBytes(bytes: Uint8Array, into: Uint8Array): void {
  if (bytes.length !== into.length) throw new RangeError('both sides must be of one length');
  // Nothing is no content that a buffer could be filled with.
  if (bytes.length > 0) Buffer.from(into.buffer, into.byteOffset, into.length).fill(bytes);
}
