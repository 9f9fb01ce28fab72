import path from 'node:path';

/** The game whose folder this is, holds, or lies in. */
export function folderOwner(
  folder: string,
  gameId: string,
  others: readonly { readonly gameId: string; readonly folder: string }[],
): string | undefined {
  const within = (inner: string, outer: string) => {
    const relative = path.relative(outer, inner);
    return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
  };
  return others.find(
    (other) => other.gameId !== gameId && (within(folder, other.folder) || within(other.folder, folder)),
  )?.gameId;
}
