/**
 * Loaded before a program (`--import`): counts its calls that change the file system, and at the chosen one kills
 * the process or makes the call fail. Calls of worker threads are not counted; they only read.
 * `GANTRY_FAULT` is a JSON {@link CallFault}; the count goes to stderr as `calls=<n>` when the process exits.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

export interface CallFault {
  /** Counted from 1; 0 for never. */
  readonly at: number;
  /** 'kill', or the errno the call fails with. */
  readonly effect: string;
  /** True for every later call as well. */
  readonly persistent?: boolean;
}

type AnyFunction = (this: unknown, ...parameters: never[]) => unknown;

const PROMISED = ['rename', 'unlink', 'mkdir', 'rm', 'chmod', 'symlink'] as const;
const SYNCHRONOUS = [
  'writeSync',
  'renameSync',
  'fchmodSync',
  'mkdirSync',
  'rmdirSync',
  'chmodSync',
  'unlinkSync',
] as const;
const CALLING_BACK = ['fsync'] as const;
const OF_HANDLES = ['write', 'sync', 'truncate', 'chmod', 'writeFile'] as const;

const fault = JSON.parse(process.env.GANTRY_FAULT ?? '{"at":0,"effect":"kill"}') as CallFault;
let calls = 0;

if (isMainThread) {
  const handle = await fs.promises.open(process.execPath);
  const handles = Object.getPrototypeOf(handle) as Record<string, AnyFunction>;
  await handle.close();
  wrap(fs.promises as unknown as Record<string, AnyFunction>, PROMISED, 'promises');
  wrap(fs as unknown as Record<string, AnyFunction>, SYNCHRONOUS, 'throws');
  wrap(fs as unknown as Record<string, AnyFunction>, CALLING_BACK, 'calls back');
  wrap(handles, OF_HANDLES, 'promises');
  syncBuiltinESMExports();
  process.on('exit', () => process.stderr.write(`calls=${calls}\n`));
}

function wrap(
  target: Record<string, AnyFunction>,
  names: readonly string[],
  fails: 'promises' | 'throws' | 'calls back',
): void {
  for (const name of names) {
    const original = target[name] as AnyFunction;
    target[name] = function (this: unknown, ...parameters: never[]) {
      const error = strike(name);
      if (error === undefined) return original.apply(this, parameters);
      if (fails === 'promises') return Promise.reject(error);
      if (fails === 'throws') throw error;
      (parameters.at(-1) as unknown as (error: Error) => void)(error);
      return undefined;
    };
  }
}

function strike(syscall: string): Error | undefined {
  calls++;
  const hit = fault.at > 0 && (calls === fault.at || (fault.persistent === true && calls > fault.at));
  if (!hit) return undefined;
  if (fault.effect === 'kill') process.kill(process.pid, 'SIGKILL');
  return Object.assign(new Error(`${fault.effect}: injected, ${syscall}`), { code: fault.effect, syscall });
}
