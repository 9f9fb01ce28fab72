import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';

/**
 * Compare two folders byte by byte: names, kinds, contents, permission bits, link targets, empty folders.
 * @returns One sentence a difference, sorted; `[]` when the trees are identical.
 */
export async function compareTrees(left: string, right: string): Promise<string[]> {
  const [leftNodes, rightNodes] = [await readTree(left), await readTree(right)];
  const differences: string[] = [];
  for (const [treePath, node] of leftNodes) {
    const other = rightNodes.get(treePath);
    if (other === undefined) differences.push(`${treePath}: only in the first tree`);
    else differences.push(...compareNodes(treePath, node, other));
  }
  for (const treePath of rightNodes.keys()) {
    if (!leftNodes.has(treePath)) differences.push(`${treePath}: only in the second tree`);
  }
  return differences.sort();
}

interface TreeNode {
  readonly kind: 'file' | 'link' | 'directory' | 'special';
  /** Permission bits; 0 for links, which have none of their own. */
  readonly mode: number;
  /** Bytes of a file, target of a link. */
  readonly content: Buffer;
}

async function readTree(root: string): Promise<Map<string, TreeNode>> {
  const nodes = new Map<string, TreeNode>();
  // Not readdir's own recursion: it follows links to folders.
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of await readdir(path.join(root, folder))) {
      const treePath = folder === '' ? name : `${folder}/${name}`;
      const node = await readNode(path.join(root, treePath));
      nodes.set(treePath, node);
      if (node.kind === 'directory') folders.push(treePath);
    }
  }
  return nodes;
}

async function readNode(absolute: string): Promise<TreeNode> {
  const stats = await lstat(absolute);
  const mode = stats.mode & 0o7777;
  if (stats.isFile()) return { kind: 'file', mode, content: await readFile(absolute) };
  if (stats.isDirectory()) return { kind: 'directory', mode, content: Buffer.alloc(0) };
  if (stats.isSymbolicLink())
    return { kind: 'link', mode: 0, content: Buffer.from(await readlink(absolute)) };
  return { kind: 'special', mode, content: Buffer.alloc(0) };
}

function compareNodes(treePath: string, left: TreeNode, right: TreeNode): string[] {
  if (left.kind !== right.kind)
    return [`${treePath}: ${left.kind} in the first tree, ${right.kind} in the second`];
  const differences: string[] = [];
  if (left.mode !== right.mode) {
    differences.push(
      `${treePath}: mode ${left.mode.toString(8)} in the first tree, ${right.mode.toString(8)} in the second`,
    );
  }
  if (left.content.equals(right.content)) return differences;
  if (left.kind === 'link') {
    differences.push(
      `${treePath}: points to ${left.content.toString()} in the first tree, to ${right.content.toString()} in the second`,
    );
  } else {
    differences.push(`${treePath}: bytes differ (${left.content.length} and ${right.content.length} bytes)`);
  }
  return differences;
}
