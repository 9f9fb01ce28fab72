/** Runs a bounded number of uploads at once, and remembers the first that failed. */
export class UploadLanes {
  readonly #max: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Start an upload once a lane is free.
   * @throws What an earlier upload threw: no new one is started then.
   */
  async start(upload: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#max) await Promise.race(this.#running);
    this.throwIfFailed();
    const running = this.#run(upload);
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** Resolves when nothing runs any more, whatever the outcome. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #run(upload: () => Promise<void>): Promise<void> {
    try {
      await upload();
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}
