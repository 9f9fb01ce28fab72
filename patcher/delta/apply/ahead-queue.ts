/** Works on some items at a time, ahead of whoever takes the results in their order. */
export class AheadQueue<Item, Result> {
  readonly #items: Iterator<Item>;
  readonly #work: (item: Item) => Promise<Result>;
  readonly #width: number;
  readonly #started: Promise<Result>[] = [];

  constructor(items: Iterable<Item>, work: (item: Item) => Promise<Result>, width: number) {
    this.#items = items[Symbol.iterator]();
    this.#work = work;
    this.#width = width;
  }

  /** The next item's result. Its successors are begun only now, so that the one before is no longer held. */
  next(): Promise<Result> {
    while (this.#started.length < this.#width) {
      const { done, value } = this.#items.next();
      if (done === true) break;
      const result = this.#work(value);
      // Whoever takes it hears of its failure; one that nobody takes any more fails for the same reason as another.
      result.catch(() => undefined);
      this.#started.push(result);
    }
    const first = this.#started.shift();
    if (first === undefined) throw new RangeError('there are no more items');
    return first;
  }
}
