/**
 * `node patcher-start-child.ts`: print one line of JSON: what a Node process is started with to run the patcher, its flags and
 * what it has in its environment that this one has not.
 */
import { PATCHER_FLAGS, patcherEnvironment } from '../process/patcher-flags.ts';

const added = Object.entries(patcherEnvironment()).filter(([name, value]) => process.env[name] !== value);
process.stdout.write(`${JSON.stringify({ flags: PATCHER_FLAGS, environment: Object.fromEntries(added) })}\n`);
