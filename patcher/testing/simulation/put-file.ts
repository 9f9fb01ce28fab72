import path from 'node:path';
import type { SimDisk } from './sim-disk.ts';

/** Have a program of somebody else's write a file, with all folders above it, and flush it and all names. */
export function putFile(disk: SimDisk, absolute: string, bytes: Uint8Array): void {
  makeFolders(disk, path.dirname(absolute));
  const flags = { read: false, write: true, create: true, exclusive: false, truncate: true };
  const descriptor = disk.open(
    absolute,
    { ...flags, append: false, noFollow: false, directory: false },
    0o644,
  );
  const limit = disk.callBytesMax;
  disk.callBytesMax = Number.POSITIVE_INFINITY;
  disk.write(descriptor, bytes, 0);
  disk.callBytesMax = limit;
  disk.flush(disk.beginFlush(descriptor));
  disk.close(descriptor);
  disk.flushNames();
}

function makeFolders(disk: SimDisk, folder: string): void {
  let above = disk.root;
  for (const name of path.relative(disk.root, folder).split(path.sep).filter(Boolean)) {
    const inside = disk.find(above).names;
    above = path.join(above, name);
    if (!inside.has(name)) disk.makeFolder(above, 0o755);
  }
}
