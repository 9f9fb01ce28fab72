import path from 'node:path';
import { putFile } from './put-file.ts';
import type { SimWorld } from './sim-world.ts';

/** Names the installer uses for itself, as those of somebody else's game beside ours. */
const CANARIES = [
  'elsewhere/canary',
  'elsewhere/inner/deep',
  'games/.other.gantry/installed.json',
  'games/.other.gantry/journal',
  'games/.other.gantry/staging/0',
  'games/.gantry/journal',
  'games/skylark.yours/save',
  'games/.skylark.gantry.new/journal',
] as const;

/** Put what is nobody's business but its owner's on both of the player's drives. */
export function layCanaries(world: SimWorld): void {
  for (const disk of [world.player, world.drive]) {
    for (const canary of CANARIES)
      putFile(disk, path.join(disk.root, canary), Buffer.from(`untouched ${canary}`));
    disk.makeLink('canary', path.join(disk.root, 'elsewhere', 'link'));
    disk.makeLink('..', path.join(disk.root, 'elsewhere', 'up'));
    disk.flushNames();
  }
}
