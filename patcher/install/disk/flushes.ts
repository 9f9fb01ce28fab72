import { fsync, fsyncSync } from 'node:fs';

/**
 * Files that wait for their flush at once: a disk does many at a time, and a journal of the file system takes all that
 * wait with one commit. On four threads together below the 256 open files some systems allow.
 */
const AT_ONCE_MAX = 48;

/**
 * A flush that takes less is waited for where it is made: asking another thread and hearing of it takes as long. On a RAM
 * disk it is next to nothing.
 */
const QUICK_MS_MAX = 0.05;
/** Flushes in a row that take longer until all go to other threads: the first runs code that was never run before. */
const SLOW_MAX = 2;

/** What the system said against a flush; undefined when it was done. */
export type FlushFailure = NodeJS.ErrnoException | undefined;

/** Flushes that one thread has under way. */
export class Flushes {
  #underWay = 0;
  #room: PromiseWithResolvers<void> | undefined;
  /** Flushes in a row that were not quick. */
  #slow = 0;
  readonly #now: () => number;

  /** @param now Milliseconds since some moment. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  get isFull(): boolean {
    return this.#underWay >= AT_ONCE_MAX;
  }

  /** Wait until fewer are under way. */
  hasRoom(): Promise<void> {
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Flush a file. @param done Called once, perhaps before this returns. */
  flush(descriptor: number, done: (failure: FlushFailure) => void): void {
    if (this.#slow < SLOW_MAX) {
      done(this.#flushHere(descriptor));
      return;
    }
    this.#underWay++;
    fsync(descriptor, (error) => {
      this.#underWay--;
      this.#room?.resolve();
      this.#room = undefined;
      done(error ?? undefined);
    });
  }

  #flushHere(descriptor: number): FlushFailure {
    const began = this.#now();
    try {
      fsyncSync(descriptor);
      return undefined;
    } catch (error) {
      return error as NodeJS.ErrnoException;
    } finally {
      this.#slow = this.#now() - began <= QUICK_MS_MAX ? 0 : this.#slow + 1;
    }
  }
}
