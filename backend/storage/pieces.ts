/** Regroup a stream into pieces of exactly `pieceBytes`, the last one smaller; nothing for an empty stream. */
export async function* gatherPieces(
  stream: AsyncIterable<Uint8Array | string>,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of stream) {
    let bytes: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    while (heldBytes + bytes.length >= pieceBytes) {
      const cut = pieceBytes - heldBytes;
      yield Buffer.concat([...held, bytes.subarray(0, cut)]);
      bytes = bytes.subarray(cut);
      held = [];
      heldBytes = 0;
    }
    if (bytes.length > 0) {
      held.push(bytes);
      heldBytes += bytes.length;
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held);
  return undefined;
}
