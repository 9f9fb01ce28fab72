/** `node failing-calls-child.ts '<json>'`: let calls of jobs on simulated disks fail, and print one line of JSON. */
import type { FailingCalls } from './failing-calls.ts';
import { SimWorld } from './sim-world.ts';

const calls = JSON.parse(process.argv[2] ?? '{}') as FailingCalls;
const world = new SimWorld();
// Only now, so that no module keeps the real clock, disk or threads it found when it was loaded.
const { failCalls } = await import('./failing-calls.ts');
process.stdout.write(`${JSON.stringify(await failCalls(world, calls))}\n`);
