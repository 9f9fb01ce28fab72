import { STATE_FOLDER } from '../../install/state/state-folder.ts';
import type { FakeBuild } from '../trees/tree-builder.ts';
import type { SimNode } from './sim-node.ts';

/** What may lie in a player's folder beside the build. */
export interface PlayerFiles {
  /** Files of the player's own by tree path; they must be there, as they are. */
  readonly own: ReadonlyMap<string, Uint8Array>;
  /** Files under a preserve rule that were seen; they must be there, as they were. */
  readonly saves: ReadonlyMap<string, Uint8Array>;
  /** Paths that may hold anything where the build has nothing. */
  readonly leftOver: ReadonlySet<string>;
}

export const PRESERVED = 'saves/**';

export function isSave(treePath: string): boolean {
  return treePath.startsWith('saves/');
}

/**
 * Compare what lies on a simulated disk with a build and the player's own files.
 * @param build null when nothing is installed.
 * @returns One sentence a difference.
 */
export function findDifferences(root: SimNode, build: FakeBuild | null, player: PlayerFiles): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const folders = foldersOf([
    ...(build?.keys() ?? []),
    ...player.own.keys(),
    ...player.saves.keys(),
    ...player.leftOver,
  ]);
  walk(root, '', (treePath, node) => {
    // The install's own records, where there could be none beside it.
    if (treePath.split('/')[0] === STATE_FOLDER) return;
    seen.add(treePath);
    const own = player.own.get(treePath) ?? player.saves.get(treePath);
    const wanted = build?.get(treePath);
    if (own !== undefined) {
      if (!sameBytes(node.bytes, own)) found.push(`${treePath}: the player's file was changed`);
    } else if (wanted === undefined) {
      // What was left over may have been put aside for a file of the build.
      const at = treePath.replaceAll(/\.yours(?:-\d+)?(?=\/|$)/g, '');
      // An emptied folder of saves is what the player made of it; links there are kept like files.
      const emptied =
        node.kind === 'directory' && (folders.has(at) || player.leftOver.has(at) || treePath === 'saves');
      const kept = node.kind === 'link' && isSave(treePath);
      if (!emptied && !kept && !player.leftOver.has(at))
        found.push(`${treePath}: a ${node.kind} that nobody wants`);
    } else if (!isSave(treePath) || wanted.kind !== 'file') found.push(...compare(treePath, node, wanted));
    else if (!sameBytes(node.bytes, wanted.bytes)) found.push(`${treePath}: not what was delivered`);
  });
  for (const treePath of [...(build?.keys() ?? []), ...player.own.keys(), ...player.saves.keys()])
    if (!seen.has(treePath)) found.push(`${treePath}: missing`);
  return found;
}

function compare(
  treePath: string,
  node: SimNode,
  wanted: FakeBuild extends ReadonlyMap<string, infer Node> ? Node : never,
): string[] {
  if (node.kind !== wanted.kind) return [`${treePath}: a ${node.kind}, not a ${wanted.kind}`];
  if (wanted.kind === 'link')
    return node.target === wanted.target ? [] : [`${treePath}: leads to ${node.target}`];
  const found =
    node.mode === wanted.mode
      ? []
      : [`${treePath}: mode ${node.mode.toString(8)}, not ${wanted.mode.toString(8)}`];
  if (wanted.kind === 'file' && !sameBytes(node.bytes, wanted.bytes))
    found.push(`${treePath}: wrong bytes (${node.sizeBytes}, not ${wanted.bytes.length})`);
  return found;
}

/** Every file below a node with its bytes, for what must not change at all. */
export function listTree(root: SimNode, isSkipped: (treePath: string) => boolean): Map<string, string> {
  const listed = new Map<string, string>();
  walk(root, '', (treePath, node) => {
    if (!isSkipped(treePath)) {
      listed.set(
        treePath,
        `${node.kind} ${node.mode} ${node.target} ${Buffer.from(node.bytes).toString('base64')}`,
      );
    }
  });
  return listed;
}

export function walk(
  node: SimNode,
  treePath: string,
  visit: (treePath: string, node: SimNode) => void,
): void {
  for (const [name, inner] of node.names) {
    const at = treePath === '' ? name : `${treePath}/${name}`;
    visit(at, inner);
    if (inner.kind === 'directory') walk(inner, at, visit);
  }
}

function foldersOf(paths: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const treePath of paths) {
    const segments = treePath.split('/');
    for (let depth = 1; depth < segments.length; depth++) folders.add(segments.slice(0, depth).join('/'));
  }
  return folders;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
