/** Something set-up needs cannot be had: one sentence for what, one for what to do. */
export class SetupError extends Error {
  constructor(message, next) {
    super(message);
    this.name = 'SetupError';
    this.next = next;
  }
}
