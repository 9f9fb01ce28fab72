import type { Clock } from '../../download/clock.ts';
import type { SeededRandom } from '../random-bytes.ts';

/** Kept before anything is replaced: the one thing that lets all promises run before the next step. */
const turn = globalThis.setImmediate;

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Something hung: nothing can happen any more and what was waited for has not ended. */
export class SimStandstill extends Error {}

/**
 * Time and the order of events, decided by a seed: of all operations under way one ends, then everything that
 * follows from it runs, then the next. When nothing is under way, time passes to the next timer.
 */
export class SimScheduler implements Clock {
  #random: SeededRandom;
  #now = 0;
  #order = 0;
  #steps: (() => void)[] = [];
  #timers: Timer[] = [];
  /** Work the seed does not decide, such as loading a module: nothing else happens meanwhile. */
  #outside: Promise<unknown> | undefined;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  reseed(random: SeededRandom): void {
    this.#random = random;
    this.forget();
    this.#now = 0;
    this.#order = 0;
  }

  readonly now = (): number => this.#now;

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  /** @returns Takes the timer back. */
  after(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Do something at a moment of the seed's choice, and say how it went. @param ms That have to pass before. */
  step<T>(work: () => T, ms = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      if (ms === 0) this.#steps.push(step);
      else this.after(ms, () => this.#steps.push(step));
    });
  }

  /** Time goes by in which nobody else can do anything. */
  pass(ms: number): void {
    this.#now += ms;
  }

  outside(work: Promise<unknown>): void {
    this.#outside = Promise.all([this.#outside, work]);
  }

  /** Drop everything under way: the program that waited for it is gone. */
  forget(): void {
    this.#steps = [];
    this.#timers = [];
  }

  /**
   * Let things happen until a promise settles.
   * @param isOver Asked after each step; true ends it at once.
   * @returns The promise's value, or undefined when it was over before.
   * @throws What the promise throws; {@link SimStandstill}.
   */
  async run<T>(work: Promise<T>, isOver: () => boolean): Promise<T | undefined> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    work.then(settle, settle);
    for (;;) {
      await this.#settle();
      if (isOver()) return undefined;
      if (settled) return work;
      if (!this.#next()) throw new SimStandstill(`nothing happens any more at ${this.#now} ms`);
    }
  }

  async #settle(): Promise<void> {
    await new Promise((resolve) => turn(resolve));
    while (this.#outside !== undefined) {
      const outside = this.#outside;
      await outside;
      if (this.#outside === outside) this.#outside = undefined;
      await new Promise((resolve) => turn(resolve));
    }
  }

  #next(): boolean {
    const due = this.#timers.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
    if (due !== undefined && (this.#steps.length === 0 || due.at <= this.#now)) {
      this.#now = Math.max(this.#now, due.at);
      this.#timers = this.#timers.filter((timer) => timer !== due);
      due.fire();
      return true;
    }
    if (this.#steps.length === 0) return false;
    const [step] = this.#steps.splice(this.#random.below(this.#steps.length), 1);
    this.#now += this.#random.below(3);
    step?.();
    return true;
  }
}
