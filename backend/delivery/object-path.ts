/** The kinds of object players fetch; each has a folder of its own, so an access log tells them apart. */
export type ObjectKind = 'pack' | 'patch' | 'manifest';

const FOLDERS = { pack: 'packs', patch: 'patches', manifest: 'manifests' } as const satisfies Record<
  ObjectKind,
  string
>;
const KINDS: ReadonlyMap<string, ObjectKind> = new Map([
  ['packs', 'pack'],
  ['patches', 'patch'],
  ['manifests', 'manifest'],
]);

/** A game id or depot as it may stand in a path: nothing there needs escaping, and nothing climbs out. */
export const PATH_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export interface DepotPath {
  readonly gameId: string;
  readonly depot: string;
}

export interface ObjectPath extends DepotPath {
  readonly kind: ObjectKind;
  readonly name: string;
}

/** Everything of one depot lies below this prefix, which is also what one grant opens: `t/<gameId>/<depot>/`. */
export function depotPrefix({ gameId, depot }: DepotPath): string {
  return `t/${gameId}/${depot}/`;
}

/** The path below a grant's base URL: `packs/<sha256>`. */
export function objectPath(kind: ObjectKind, sha256: string): string {
  return `${FOLDERS[kind]}/${sha256}`;
}

/** The key in the object store, which is the CDN's path without its first slash: `t/<gameId>/<depot>/packs/<sha256>`. */
export function objectKey(depot: DepotPath, kind: ObjectKind, sha256: string): string {
  return depotPrefix(depot) + objectPath(kind, sha256);
}

/** The reverse of {@link objectKey}, with or without the first slash; `undefined` for any other path. */
export function parseObjectPath(path: string): ObjectPath | undefined {
  const [root, gameId, depot, folder, name, ...rest] = path.replace(/^\//, '').split('/');
  const kind = KINDS.get(folder ?? '');
  if (root !== 't' || !gameId || !depot || !kind || !name || rest.length > 0) return undefined;
  if (!PATH_NAME.test(gameId) || !PATH_NAME.test(depot)) return undefined;
  return { gameId, depot, kind, name };
}
