/** What keeps a pair or a peer from being measured, and what can be done about it; the others go on. */
export class BenchProblem extends Error {
  readonly next: string;

  constructor(message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BenchProblem';
    this.next = next;
  }
}
