/** Rooms are of this size, or of twice, four times… so that one that was given back fits the next span. */
const ROOM_BYTES = 2 * 2 ** 20;
/** Rooms that wait for a span; any more are given back to the system. */
const SPARE_BYTES_MAX = 32 * 2 ** 20;

/**
 * Memory for spans, used over and over: whatever is made anew for each MiB that arrives has V8 look through all of its heap
 * for every dozen. Shared with the threads that write, so that nothing is moved there and back.
 */
export class SpanRooms {
  /** Smallest first. */
  readonly #spare: SharedArrayBuffer[] = [];
  #spareBytes = 0;

  /** @returns Memory for so many bytes or more, with anything in it. */
  take(sizeBytes: number): SharedArrayBuffer {
    const at = this.#spare.findIndex(({ byteLength }) => byteLength >= sizeBytes);
    const [spare] = at < 0 ? [] : this.#spare.splice(at, 1);
    if (spare === undefined) return new SharedArrayBuffer(roomBytesFor(sizeBytes));
    this.#spareBytes -= spare.byteLength;
    return spare;
  }

  /** Give back what nobody reads or writes any more. */
  giveBack(room: SharedArrayBuffer): void {
    if (this.#spareBytes + room.byteLength > SPARE_BYTES_MAX) return;
    this.#spareBytes += room.byteLength;
    const at = this.#spare.findIndex(({ byteLength }) => byteLength > room.byteLength);
    this.#spare.splice(at < 0 ? this.#spare.length : at, 0, room);
  }
}

/** What is not filled of a room takes no memory. */
function roomBytesFor(sizeBytes: number): number {
  let roomBytes = ROOM_BYTES;
  while (roomBytes < sizeBytes) roomBytes *= 2;
  return roomBytes;
}
