/** Votes in columns: of the old address `addresses[i]`, that it moved by `shifts[i]`. */
export interface VoteColumns {
  readonly addresses: Uint32Array<ArrayBuffer>;
  readonly shifts: Int32Array<ArrayBuffer>;
}

const FIRST_VOTES = 2 ** 16;

/**
 * What is known of how single addresses moved. Millions of them are held beside a file many times as large: they are
 * columns that grow as needed, and their memory is given back at once rather than with the next collection.
 */
export class ShiftVotes implements Disposable {
  #columns = createColumns(FIRST_VOTES);
  #count = 0;
  /** So many of the first are sorted. */
  #sorted = 0;

  add(address: number, shift: number): void {
    if (this.#count === this.#columns.addresses.length) this.#grow();
    this.#columns.addresses[this.#count] = address;
    this.#columns.shifts[this.#count++] = shift;
  }

  /** The votes sorted by address, which they stay. @param use Must not keep them: their memory is used for others. */
  useSorted<Result>(use: (votes: VoteColumns) => Result): Result {
    if (this.#sorted < this.#count) this.#sortFresh();
    return use(cutColumns(this.#columns, 0, this.#count));
  }

  /** Sort those that came since, and merge them with the others. */
  #sortFresh(): void {
    let votes = cutColumns(this.#columns, this.#sorted, this.#count);
    const room = createColumns(this.#count - this.#sorted);
    let other = room;
    for (const { bit, bits } of chooseDigits(votes.addresses)) {
      sortByDigit(votes, other, bit, bits);
      [votes, other] = [other, votes];
    }
    if (votes !== room) {
      room.addresses.set(votes.addresses);
      room.shifts.set(votes.shifts);
    }
    mergeBehind(this.#columns, this.#sorted, room);
    releaseColumns(room);
    this.#sorted = this.#count;
  }

  /** Give the memory back; no vote may be added any more. */
  [Symbol.dispose](): void {
    releaseColumns(this.#columns);
  }

  #grow(): void {
    const { addresses, shifts } = this.#columns;
    const bytes = 2 * addresses.byteLength;
    this.#columns = {
      addresses: new Uint32Array(addresses.buffer.transfer(bytes)),
      shifts: new Int32Array(shifts.buffer.transfer(bytes)),
    };
  }
}

function createColumns(count: number): VoteColumns {
  return { addresses: new Uint32Array(count), shifts: new Int32Array(count) };
}

function cutColumns({ addresses, shifts }: VoteColumns, from: number, to: number): VoteColumns {
  return { addresses: addresses.subarray(from, to), shifts: shifts.subarray(from, to) };
}

function releaseColumns({ addresses, shifts }: VoteColumns): void {
  addresses.buffer.transfer(0);
  shifts.buffer.transfer(0);
}

/** Bits of an address that one pass sorts by at most: counts of so many values stay near. */
const DIGIT_BITS_MAX = 12;

/** The fewest digits, lowest first, that tell all addresses apart. */
function chooseDigits(addresses: Uint32Array): { readonly bit: number; readonly bits: number }[] {
  let all = 0;
  for (let i = 0; i < addresses.length; i++) all |= addresses[i]!;
  const width = 32 - Math.clz32(all);
  const passes = Math.ceil(width / DIGIT_BITS_MAX);
  const bits = Math.ceil(width / passes);
  return Array.from({ length: passes }, (_, pass) => ({ bit: pass * bits, bits }));
}

/** One stable pass of a radix sort. */
function sortByDigit(from: VoteColumns, into: VoteColumns, bit: number, bits: number): void {
  const { addresses, shifts } = from;
  const { addresses: toAddresses, shifts: toShifts } = into;
  const count = addresses.length;
  const values = 2 ** bits;
  const mask = values - 1;
  const ends = new Uint32Array(values + 1);
  for (let i = 0; i < count; i++) ends[((addresses[i]! >>> bit) & mask) + 1]!++;
  for (let value = 0; value < values; value++) ends[value + 1]! += ends[value]!;
  for (let i = 0; i < count; i++) {
    const address = addresses[i]!;
    const to = ends[(address >>> bit) & mask]!++;
    toAddresses[to] = address;
    toShifts[to] = shifts[i]!;
  }
}

/** Merge sorted votes into columns, behind the first `count`, which are sorted and come first where addresses are equal. */
function mergeBehind({ addresses, shifts }: VoteColumns, count: number, fresh: VoteColumns): void {
  let first = count - 1;
  let to = count + fresh.addresses.length - 1;
  for (let next = fresh.addresses.length - 1; next >= 0; next--) {
    const address = fresh.addresses[next]!;
    while (first >= 0 && addresses[first]! > address) {
      addresses[to] = addresses[first]!;
      shifts[to--] = shifts[first--]!;
    }
    addresses[to] = address;
    shifts[to--] = fresh.shifts[next]!;
  }
}
