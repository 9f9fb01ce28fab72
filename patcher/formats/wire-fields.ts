/**
 * The wire form of protobuf messages, as far as headers need it: fields that are numbers or bytes. The library is right for
 * everything else, but to load it takes a process that makes or applies patches 9 MB and 50 ms of its start.
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** By number; of a field that is there twice, the last. */
export type FieldValues = ReadonlyMap<number, number | Uint8Array>;

const WIRE_TYPES = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const UINT32_MAX = 0xffff_ffff;
/** Of 64 bits, 7 a byte. */
const VARINT_BYTES_MAX = 10;

/**
 * @param fieldMax The highest number of a field that is kept: a header could hold millions of others.
 * @throws {RangeError} At bytes that are no message, and at numbers beyond 32 bits in fields that are kept.
 */
export function readFields(bytes: Uint8Array, fieldMax: number): FieldValues {
  const reader = new WireReader(bytes);
  const fields = new Map<number, number | Uint8Array>();
  while (!reader.isAtEnd) {
    const tag = reader.uint32();
    const field = tag >>> 3;
    if (field === 0) throw new RangeError('a field has no number');
    const value = reader.value(tag & 7);
    if (field > fieldMax || value === undefined) continue;
    if (typeof value === 'number' && value > UINT32_MAX)
      throw new RangeError('a number has more than 32 bits');
    fields.set(field, value);
  }
  return fields;
}

/** Write fields in the order given; numbers have 32 bits at most. */
export function writeFields(
  fields: readonly (readonly [field: number, value: number | Uint8Array])[],
): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([field, value]) =>
      typeof value === 'number'
        ? [varint(field * 8 + WIRE_TYPES.varint), varint(value)]
        : [varint(field * 8 + WIRE_TYPES.bytes), varint(value.length), value],
    ),
  );
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  uint32(): number {
    const value = this.#varint();
    if (value > UINT32_MAX) throw new RangeError('a number has more than 32 bits');
    return value;
  }

  /** @returns `undefined` for a kind that no header has. */
  value(wireType: number): number | Uint8Array | undefined {
    if (wireType === WIRE_TYPES.varint) return this.#varint();
    if (wireType === WIRE_TYPES.bytes) return this.#take(this.uint32());
    if (wireType === WIRE_TYPES.fixed32) this.#take(4);
    else if (wireType === WIRE_TYPES.fixed64) this.#take(8);
    else throw new RangeError(`no wire type ${wireType}`);
    return undefined;
  }

  /** Exact below 2^53, which is all that is ever looked at. */
  #varint(): number {
    let value = 0;
    let weight = 1;
    for (let count = 0; count < VARINT_BYTES_MAX; count++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError('it ends within a number');
      value += (byte & 127) * weight;
      if (byte < 128) return value;
      weight *= 128;
    }
    throw new RangeError('a number has no end');
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('it ends within a field');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
