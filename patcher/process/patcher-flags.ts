import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

/**
 * What V8 is told of memory where the patcher runs. A job makes short-lived objects for every file, and V8 would rather let them lie
 * than look for them: with 60,000 files it took 400 MiB for 60 that were in use. Two halves of a young generation of 4 MiB,
 * and a collection whenever the rest has grown by a tenth, halve that; but not before it has reached 64 MiB, since a tenth
 * of a small heap is nothing: installing 3,000 files took 25 collections and a third of all CPU for them. One thread collects
 * the young generation: 4 MiB are too little to wake others for, which have files to write.
 */
const HEAP_FLAGS = [
  '--max-semi-space-size=4',
  '--heap-growing-percent=10',
  '--initial-old-space-size=64',
  '--no-parallel-scavenge',
] as const;

/**
 * And of compiling: optimise what was called ten times as often as V8 would by itself. A job of a second is over before
 * that has paid, and shares its cores with it: installing 3,000 files takes 8 % less CPU so, installing 18,000 or applying a
 * patch neither less nor more, since what is hot for long is WebAssembly, zlib and OpenSSL. Machine code without optimising is
 * made where it is wanted: on another thread it comes later, and that thread's core has files to write (3 % less CPU again).
 */
const COMPILER_FLAGS = [
  '--invocation-count-for-maglev=4000',
  '--invocation-count-for-maglev-osr=1000',
  '--invocation-count-for-turbofan=30000',
  '--invocation-count-for-osr=5000',
  '--no-concurrent-sparkplug',
] as const;

/**
 * Heaps that are made after this was set, those of threads, are collected earlier: less than 10 MiB of each is in use, and with
 * 64 MiB for garbage on each, writing 200,000 files takes 20 MiB more in all and no less CPU.
 */
const THREAD_HEAP_FLAG = '--initial-old-space-size=8';

/** What V8 is told when a process starts to run the patcher. */
const V8_FLAGS = [...HEAP_FLAGS, ...COMPILER_FLAGS] as const;

/** What it is told from within: also where it took no flags when it started, as in Electron. */
export function setV8Flags(): void {
  for (const flag of [...V8_FLAGS, THREAD_HEAP_FLAG]) setFlagsFromString(flag);
}

/**
 * What the C library is told (glibc; others do not look): blocks of more than a decoded chunk are the system's, and of
 * smaller ones at most 2 MiB are kept when they are free. By itself it raises both limits to 32 and 64 MiB once a large block
 * was freed, and then keeps some 30 MiB of what a large manifest was read with. With 128 KiB for both, as it begins, chunks
 * take new pages each when they are decoded, which costs an install of 3,000 files 5 % of its CPU. All threads share two heaps:
 * with one for each, as many as 16, adopting 200,000 files took 294 MiB instead of 257.
 */
const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: '1114112',
  MALLOC_TRIM_THRESHOLD_: '2097152',
  MALLOC_ARENA_MAX: '2',
} as const;

/**
 * Calls to the file system under way at once, beside those that are waited for where they are made: mostly flushes, which a
 * disk does many at a time. 3,000 files of 55 KB, each flushed, took 2 s with Node's four and 0.9 s with 16, as long as
 * without a flush for each and one of the whole file system at the end; that would take others' files along, and says
 * nothing of a file that failed before.
 */
export const FILE_CALLS = { UV_THREADPOOL_SIZE: '16' } as const;

/** What a Node process of its own is started with to run the patcher. */
export const PATCHER_FLAGS = ['--no-warnings', ...V8_FLAGS] as const;

/**
 * What it has in its environment: with a cache of compiled sources it starts in half the time, and neither it nor its
 * threads need the 17 MiB each of what strips types. It lies with the dependencies and may be deleted at any moment;
 * where it cannot be written, all works without.
 */
export function patcherEnvironment(): NodeJS.ProcessEnv {
  const folder = fileURLToPath(new URL('../../node_modules/.cache/gantry', import.meta.url));
  return {
    ...FILE_CALLS,
    ...process.env,
    // Also where the launcher was told something else for itself.
    ...ALLOCATOR,
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? folder,
  };
}
