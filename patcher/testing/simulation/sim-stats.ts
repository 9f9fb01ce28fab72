import type { SimNode } from './sim-node.ts';

const TYPE_BITS = { file: 0o100000, directory: 0o040000, link: 0o120000 } as const;

/** What `lstat` says of a node; of Node's `Stats` what programs ask for. */
export function simStats(node: SimNode, device: number, { bigint = false } = {}): object {
  const numbers = {
    dev: device,
    ino: node.ino,
    mode: TYPE_BITS[node.kind] | node.mode,
    nlink: 1,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    size: node.sizeBytes,
    blocks: Math.ceil(node.sizeBytes / 512),
    blksize: 4096,
    mtimeMs: node.mtimeMs,
    ctimeMs: node.mtimeMs,
    atimeMs: node.mtimeMs,
    birthtimeMs: node.mtimeMs,
  };
  return Object.assign(simKind(node), bigint ? toBigInts(numbers) : numbers, {
    mtime: new Date(node.mtimeMs),
  });
}

/** A row of a listing. */
export function simEntry(node: SimNode, name: string | Buffer, parentPath: string): object {
  return Object.assign(simKind(node), { name, parentPath });
}

function simKind({ kind }: SimNode): object {
  return {
    isFile: () => kind === 'file',
    isDirectory: () => kind === 'directory',
    isSymbolicLink: () => kind === 'link',
    isFIFO: () => false,
    isSocket: () => false,
    isBlockDevice: () => false,
    isCharacterDevice: () => false,
  };
}

function toBigInts(numbers: Readonly<Record<string, number>>): object {
  const wide = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, BigInt(value)]));
  for (const name of ['mtime', 'ctime', 'atime', 'birthtime'])
    wide[`${name}Ns`] = (wide[`${name}Ms`] as bigint) * 1_000_000n;
  return wide;
}
