/**
 * What is known of how single addresses moved: of the old address `addresses[i]`, that it moved by `shifts[i]`. Grows
 * as needed; millions of them are held, so they are columns.
 */
export class ShiftVotes {
  #addresses = new Uint32Array(2 ** 16);
  #shifts = new Int32Array(2 ** 16);
  #count = 0;

  add(address: number, shift: number): void {
    if (this.#count === this.#addresses.length) this.#grow();
    this.#addresses[this.#count] = address;
    this.#shifts[this.#count++] = shift;
  }

  /** Sorted by address, in columns of their own. */
  sorted(): { addresses: Uint32Array; shifts: Int32Array } {
    let addresses = this.#addresses.slice(0, this.#count);
    let shifts = this.#shifts.slice(0, this.#count);
    for (const bit of [0, 11, 22]) ({ addresses, shifts } = sortByDigit(addresses, shifts, bit));
    return { addresses, shifts };
  }

  #grow(): void {
    const addresses = new Uint32Array(this.#count * 2);
    addresses.set(this.#addresses);
    this.#addresses = addresses;
    const shifts = new Int32Array(this.#count * 2);
    shifts.set(this.#shifts);
    this.#shifts = shifts;
  }
}

const DIGIT_VALUES = 2 ** 11;

/** One stable pass of a radix sort, over 11 bits. */
function sortByDigit(
  addresses: Uint32Array<ArrayBuffer>,
  shifts: Int32Array<ArrayBuffer>,
  bit: number,
): { addresses: Uint32Array<ArrayBuffer>; shifts: Int32Array<ArrayBuffer> } {
  const ends = new Uint32Array(DIGIT_VALUES + 1);
  const digit = (address: number): number => (address >>> bit) & (DIGIT_VALUES - 1);
  for (const address of addresses) ends[digit(address) + 1]!++;
  for (let value = 0; value < DIGIT_VALUES; value++) ends[value + 1]! += ends[value]!;
  const sorted = { addresses: new Uint32Array(addresses.length), shifts: new Int32Array(addresses.length) };
  for (let i = 0; i < addresses.length; i++) {
    const to = ends[digit(addresses[i]!)]!++;
    sorted.addresses[to] = addresses[i]!;
    sorted.shifts[to] = shifts[i]!;
  }
  return sorted;
}
