import path from 'node:path';
import { stateFolderOf } from '../../install/state/state-folder.ts';
import type { SimNode } from './sim-node.ts';

/**
 * What a state folder may hold when nothing is going on. The list of a move that led here stays until the next job: whether
 * it is still needed the old place knows.
 */
const LASTING = new Set([
  'installed.json',
  'manifests',
  'kept',
  'rescued.json',
  'move.json',
  'staging',
  'aside',
  'lock',
]);

/** What lies in the state folder of an install with nothing going on that should not; undefined when nothing does. */
export function findUntidy(
  look: (absolute: string) => SimNode | undefined,
  root: string,
): string | undefined {
  if (look(root) === undefined) return undefined;
  const state = stateFolderOf(root);
  for (const folder of [state.staging, state.aside]) {
    const left = namesIn(look(folder));
    if (left.length > 0) return `${path.basename(folder)} still holds ${left.join(', ')}`;
  }
  const odd = namesIn(look(state.folder)).filter((name) => !LASTING.has(name));
  return odd.length > 0 ? `${odd.join(', ')} still there with nothing going on` : undefined;
}

function namesIn(folder: SimNode | undefined): string[] {
  return [...(folder?.names.keys() ?? [])];
}
