/** What was started, to be stopped in reverse, each however the one before it fared. */
export class CloseStack {
  readonly #steps: (() => Promise<void>)[] = [];
  #closing: Promise<void> | undefined;

  /** True once closing has begun: what breaks from then on is no news. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  push(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /** @throws {AggregateError} of the steps that failed, after all have run. */
  close(): Promise<void> {
    this.#closing ??= this.#run();
    return this.#closing;
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be stopped');
  }
}
