/** `node rescue-child.ts '<json>'`: strike an update that makes the player's files make way, and print one line of JSON. */
import type { RescueStrikes } from './rescue-scenario.ts';
import { SimCrash } from './sim-errno.ts';
import { SimWorld } from './sim-world.ts';

// What a killed program had still to say is nobody's business.
process.on('unhandledRejection', (error) => {
  if (!(error instanceof SimCrash)) throw error;
});

const strikes = JSON.parse(process.argv[2] ?? '{}') as RescueStrikes;
const world = new SimWorld();
// Only now, so that no module keeps the real clock, disk or threads it found when it was loaded.
const { strikeRescues } = await import('./rescue-scenario.ts');
process.stdout.write(`${JSON.stringify(await strikeRescues(world, strikes))}\n`);
