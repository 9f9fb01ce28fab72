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

  add(address: number, shift: number): void {
    if (this.#count === this.#columns.addresses.length) this.#grow();
    this.#columns.addresses[this.#count] = address;
    this.#columns.shifts[this.#count++] = shift;
  }

  /** The votes sorted by address, which they stay. @param use Must not keep them: their memory is used for others. */
  useSorted<Result>(use: (votes: VoteColumns) => Result): Result {
    let votes = cutColumns(this.#columns, this.#count);
    let room = cutColumns(createColumns(Math.max(this.#count, FIRST_VOTES)), this.#count);
    for (const bit of [0, 11, 22]) {
      sortByDigit(votes, room, bit);
      [votes, room] = [room, votes];
    }
    releaseColumns(room);
    this.#columns = {
      addresses: new Uint32Array(votes.addresses.buffer),
      shifts: new Int32Array(votes.shifts.buffer),
    };
    return use(cutColumns(this.#columns, this.#count));
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

function cutColumns({ addresses, shifts }: VoteColumns, count: number): VoteColumns {
  return { addresses: addresses.subarray(0, count), shifts: shifts.subarray(0, count) };
}

function releaseColumns({ addresses, shifts }: VoteColumns): void {
  addresses.buffer.transfer(0);
  shifts.buffer.transfer(0);
}

const DIGIT_VALUES = 2 ** 11;

/** One stable pass of a radix sort, over 11 bits. */
function sortByDigit(from: VoteColumns, into: VoteColumns, bit: number): void {
  const { addresses, shifts } = from;
  const { addresses: toAddresses, shifts: toShifts } = into;
  const count = addresses.length;
  const mask = DIGIT_VALUES - 1;
  const ends = new Uint32Array(DIGIT_VALUES + 1);
  for (let i = 0; i < count; i++) ends[((addresses[i]! >>> bit) & mask) + 1]!++;
  for (let value = 0; value < DIGIT_VALUES; value++) ends[value + 1]! += ends[value]!;
  for (let i = 0; i < count; i++) {
    const address = addresses[i]!;
    const to = ends[(address >>> bit) & mask]!++;
    toAddresses[to] = address;
    toShifts[to] = shifts[i]!;
  }
}
