import { fileTools } from './file-tools.ts';
import { efforts, gantryPatch } from './gantry.ts';
import { gantryChunks } from './gantry-chunks.ts';
import type { Peer } from './peer.ts';
import { steampipe } from './steampipe.ts';
import { treeTools } from './tree-tools.ts';

/** Gantry's efforts, its chunk route, then everything it is measured against; the order of the tables. */
export const peers: readonly Peer[] = [
  ...[...efforts].reverse().map(gantryPatch),
  gantryChunks,
  ...treeTools.filter((tool) => tool.id.startsWith('hdiffz')),
  ...fileTools,
  ...treeTools.filter((tool) => !tool.id.startsWith('hdiffz')),
  steampipe,
];
