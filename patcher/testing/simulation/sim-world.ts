import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import timers from 'node:timers/promises';
import threads from 'node:worker_threads';
import { SeededRandom } from '../random-bytes.ts';
import { SimCalls, type SimCall } from './sim-calls.ts';
import { SimDisk } from './sim-disk.ts';
import { SimCrash, type SimErrno, simError } from './sim-errno.ts';
import { replaceFileSystem } from './sim-file-system.ts';
import { SimScheduler } from './sim-scheduler.ts';
import { makeSimWorker } from './sim-thread.ts';

/** What goes wrong with a disk. */
export interface DiskFault {
  /** Counted from 1, over calls that change the disk, those while another file is flushed, or over all of them. */
  readonly at: number;
  readonly counted: 'changes' | 'beside flushes' | 'all';
  readonly effect: 'kill' | 'power' | SimErrno;
  readonly persistent: boolean;
}

/** The player's disks at some moment. */
export interface SavedDisks {
  readonly player: SimDisk;
  readonly drive: SimDisk;
}

/** Where the simulated disks are: no such folder exists on a real one. */
const SIM_ROOT = path.resolve('/gantry-simulation');

/** What flushes take: no time, as on a RAM disk, or many calls of other work, as on a hard disk. */
export type SimFlushes = 'quick' | 'slow';

/** One in so many flushes of a slow disk takes no time: its cache has room. */
const QUICK_SHARE = 8;
const FLUSH_MS_MAX = 40;

const NO_CALLS = { changes: 0, 'beside flushes': 0, all: 0 } as const;

/** Beyond the largest number Linux gives a process. */
const PROCESS_MIN = 5_000_000;

/**
 * The one world of a process whose clock, chance, threads and disks are simulated. Made once; each seed begins it
 * anew.
 */
export class SimWorld {
  readonly scheduler = new SimScheduler(new SeededRandom(0));
  publisher = new SimDisk(path.join(SIM_ROOT, 'publisher'));
  player = new SimDisk(path.join(SIM_ROOT, 'player'));
  /** The player's second drive. */
  drive = new SimDisk(path.join(SIM_ROOT, 'drive'));
  random = new SeededRandom(0);
  /** Whether the program under test is gone. */
  crashed: 'kill' | 'power' | undefined;
  /** Calls to the player's disks since the fault was set. */
  calls: Record<DiskFault['counted'], number> = NO_CALLS;
  /** In all lives: changes made while a flush of another file was under way, and crashes then. */
  readonly besideFlushes = { changes: 0, crashes: 0 };
  /** The first call the fault struck. */
  struck: string | undefined;
  #fault: DiskFault | undefined;
  #processes = 0;
  readonly #disks: SimDisk[] = [this.publisher, this.player, this.drive];

  constructor() {
    const calls = new SimCalls(
      this.#disks,
      (call) => this.#strike(call),
      (ms) => this.scheduler.pass(ms),
    );
    replaceFileSystem(calls, this.scheduler);
    this.#replaceTheRest();
  }

  begin(seed: number, flushes: SimFlushes = 'quick'): void {
    this.random = new SeededRandom(seed);
    this.scheduler.reseed(new SeededRandom(seed ^ 0x5eed));
    this.publisher = new SimDisk(this.publisher.root);
    this.player = new SimDisk(this.player.root);
    this.drive = new SimDisk(this.drive.root);
    this.#disks.splice(0, 3, this.publisher, this.player, this.drive);
    if (flushes === 'slow') this.#slowFlushes(new SeededRandom(seed ^ 0xf1));
    this.set(undefined);
    this.crashed = undefined;
    this.#processes = 0;
    this.#beAnotherProcess();
  }

  /** Begin with disks as they were saved. */
  beginWith(saved: SavedDisks): void {
    this.begin(0);
    this.player = saved.player.copy();
    this.drive = saved.drive.copy();
    this.#disks.splice(1, 2, this.player, this.drive);
  }

  save(): SavedDisks {
    return { player: this.player.copy(), drive: this.drive.copy() };
  }

  set(fault: DiskFault | undefined): void {
    this.#fault = fault;
    this.struck = undefined;
    this.calls = { ...NO_CALLS };
  }

  /**
   * Run a program until it ends or is killed.
   * @returns What it returned, or undefined when it was killed; see {@link crashed}.
   */
  async run<T>(program: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    const done = await this.scheduler.run(
      program().then((value) => ({ value })),
      () => this.crashed !== undefined,
    );
    return done;
  }

  /** After a crash: the program's remains are gone, the power is back. */
  reboot(): void {
    this.scheduler.forget();
    this.#beAnotherProcess();
    for (const disk of [this.player, this.drive]) {
      if (this.crashed === 'power') disk.cutPower(this.random);
      else disk.closeAll();
    }
    this.crashed = undefined;
    this.set(undefined);
  }

  /** @param freeBytes On each of the player's disks; undefined for no limit. */
  leaveFree(freeBytes: number | undefined): void {
    for (const disk of [this.player, this.drive]) {
      disk.capacityBytes = Number.POSITIVE_INFINITY;
      if (freeBytes === undefined) continue;
      disk.capacityBytes = 2 ** 50;
      disk.capacityBytes = disk.usedBytes() + freeBytes;
    }
  }

  /** The disk of the player's that a path is on. */
  diskOf(absolute: string): SimDisk {
    return absolute.startsWith(this.drive.root) ? this.drive : this.player;
  }

  #slowFlushes(random: SeededRandom): void {
    for (const disk of [this.player, this.drive])
      disk.flushMs = () => (random.below(QUICK_SHARE) === 0 ? 0 : 1 + random.below(FLUSH_MS_MAX));
  }

  /** Locks know their holder by its number; those that died have one that no process can have. */
  #beAnotherProcess(): void {
    Object.defineProperty(process, 'pid', { value: PROCESS_MIN + this.#processes++, configurable: true });
  }

  #strike({ name, path: at, changes, disk, flush }: SimCall): void {
    if (this.crashed !== undefined) throw new SimCrash();
    if (disk === this.publisher) return;
    const isBesideFlush = changes && disk.flushing > (flush === undefined ? 0 : 1);
    const isCounted = { all: true, changes, 'beside flushes': isBesideFlush };
    this.calls.all++;
    if (changes) this.calls.changes++;
    if (isBesideFlush) this.calls['beside flushes']++;
    if (isBesideFlush) this.besideFlushes.changes++;
    const fault = this.#fault;
    if (fault === undefined || !isCounted[fault.counted]) return;
    const count = this.calls[fault.counted];
    if (count !== fault.at && !(fault.persistent && count > fault.at)) return;
    this.struck ??= `${name} ${at}`;
    if (fault.effect === 'kill' || fault.effect === 'power') {
      this.crashed = fault.effect;
      if (isBesideFlush) this.besideFlushes.crashes++;
      throw new SimCrash();
    }
    if (flush !== undefined) disk.failFlush(flush);
    throw simError(fault.effect, name, at);
  }

  #replaceTheRest(): void {
    const { scheduler } = this;
    Math.random = () => this.random.below(2 ** 30) / 2 ** 30;
    globalThis.setTimeout = ((fire: (...parameters: unknown[]) => void, ms = 0, ...rest: unknown[]) =>
      scheduler.after(ms, () => fire(...rest))) as unknown as typeof setTimeout;
    globalThis.clearTimeout = (cancel: unknown) => {
      if (typeof cancel === 'function') cancel();
    };
    performance.now = scheduler.now;
    Date.now = () => this.player.now + Math.floor(scheduler.now());
    crypto.randomBytes = (count: number) => Buffer.from(this.random.bytes(count));
    Object.assign(timers, {
      setTimeout: async <T>(ms: number, value: T, { signal }: { signal?: AbortSignal } = {}) => {
        await scheduler.sleep(ms, signal);
        return value;
      },
      setImmediate: <T>(value: T) => scheduler.step(() => value),
    });
    os.availableParallelism = () => 2;
    threads.Worker = makeSimWorker(scheduler);
    syncBuiltinESMExports();
  }
}
