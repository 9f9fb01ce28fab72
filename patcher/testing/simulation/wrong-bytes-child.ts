/** `node wrong-bytes-child.ts FIRST COUNT`: so many attempts with each kind of wrong bytes; prints one line of JSON. */
import { SimWorld } from './sim-world.ts';

const [first = 0, count = 10] = process.argv.slice(2).map(Number);
const world = new SimWorld();
// Only now, so that no module keeps the real clock, disk or threads it found when it was loaded.
const { serveWrongBytes } = await import('./serve-wrong-bytes.ts');
process.stdout.write(`${JSON.stringify(await serveWrongBytes(world, { first, count }))}\n`);
