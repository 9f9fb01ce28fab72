import type { TreeEntry } from '../../formats/manifest.ts';

/** What lies at a path. */
export const LOOK_KINDS = { nothing: 0, file: 1, link: 2, directory: 3, other: 4 } as const;

/** What lies at some paths, as columns: a row is one path. As objects, those of 200,000 files would take 100 MiB. */
export interface LookColumns {
  /** Of {@link LOOK_KINDS}. */
  readonly kinds: Uint8Array;
  /** Permission bits, 0 to 0o777. */
  readonly modes: Uint16Array;
  readonly sizeBytes: Float64Array;
  /** Row → where the link there leads. */
  readonly targets: Map<number, string>;
}

export function createLooks(rows: number): LookColumns {
  return {
    kinds: new Uint8Array(rows),
    modes: new Uint16Array(rows),
    sizeBytes: new Float64Array(rows),
    targets: new Map(),
  };
}

/** True when what lies at a path is of the kind an entry says. */
export function isRightKind({ kinds }: LookColumns, row: number, { kind }: TreeEntry): boolean {
  return kinds[row] === LOOK_KINDS[kind];
}
