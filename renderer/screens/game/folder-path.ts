/** True for a path that says where it starts: at the root, at a drive or at a share. */
export const isFullPath = (folder: string): boolean => /^(?:\/|[a-z]:[\\/]|\\\\)/i.test(folder);

/** The name of a folder without where it is. */
export const lastNameOf = (folder: string): string =>
  folder.split(/[\\/]+/).findLast((name) => name !== '') ?? '';

/** A folder inside another, by the separator the outer one is written with. */
export function within(outer: string, name: string): string {
  const separator = outer.includes('/') || !outer.includes('\\') ? '/' : '\\';
  return /[\\/]$/.test(outer) ? outer + name : outer + separator + name;
}
