/**
 * Loaded before a program (`--import`): the names it makes up, of locks and the like, are the same in every run, so
 * that a call on one of them can be found again. The number it goes by belongs to no process, so that once it is
 * gone nobody takes it for alive.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { SeededRandom } from '../random-bytes.ts';

const random = new SeededRandom(1);

/** Beyond the largest number Linux gives a process. */
Object.defineProperty(process, 'pid', { value: 5_000_000 });
// Each thread more is a tenth of a second for builds of a few kilobytes.
os.availableParallelism = () => 1;
crypto.randomBytes = (count: number) => Buffer.from(random.bytes(count));
syncBuiltinESMExports();
