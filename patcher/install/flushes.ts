import { fsync } from 'node:fs';
import { promisify } from 'node:util';

/** Made once: making it takes longer than many a flush. */
const flushFile = promisify(fsync);

/**
 * Files that wait for their flush at once: a disk does many at a time, and a journal of the file system takes all that
 * wait with one commit. On four threads together below the 256 open files some systems allow.
 */
const AT_ONCE_MAX = 48;

/** Flushes that one thread has under way. */
export class Flushes {
  #underWay = 0;
  #room: PromiseWithResolvers<void> | undefined;

  get isFull(): boolean {
    return this.#underWay >= AT_ONCE_MAX;
  }

  /** Wait until fewer are under way. */
  hasRoom(): Promise<void> {
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Flush a file. @throws What the system says. */
  async flush(descriptor: number): Promise<void> {
    this.#underWay++;
    try {
      await flushFile(descriptor);
    } finally {
      this.#underWay--;
      this.#room?.resolve();
      this.#room = undefined;
    }
  }
}
