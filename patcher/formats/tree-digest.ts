import { createHash } from 'node:crypto';
import type { Sha256, TreeEntry } from './manifest.ts';

/** What a tree's digest covers of an entry; a file's chunks are not part of what the tree is. */
export type DigestEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly sizeBytes: number;
      readonly sha256: Sha256;
    }
  | Exclude<TreeEntry, { kind: 'file' }>;

/**
 * The identity of a tree: SHA-256 of one line per entry, in the order given.
 * Two trees have the same digest when paths, kinds, permission bits, contents and link targets are the same.
 * @param entries Sorted by the UTF-8 bytes of their path, as in a manifest.
 * @see docs/formats/patch.md#tree-digest
 */
export function computeTreeDigest(entries: Iterable<DigestEntry>): Sha256 {
  const hash = createHash('sha256');
  for (const entry of entries) hash.update(`${describe(entry)}\n`);
  return hash.digest('hex') as Sha256;
}

/** JSON, because no path or target can then run into the field after it. */
function describe(entry: DigestEntry): string {
  if (entry.kind === 'link') return JSON.stringify(['link', entry.path, entry.target]);
  if (entry.kind === 'directory') return JSON.stringify(['directory', entry.path, entry.mode]);
  return JSON.stringify(['file', entry.path, entry.mode, entry.sizeBytes, entry.sha256]);
}

/** The identity of some files of a tree by path, size and content, whatever else the folder holds. */
export function computeFilesDigest(
  files: Iterable<{ readonly path: string; readonly sizeBytes: number; readonly sha256: Sha256 }>,
): Sha256 {
  const hash = createHash('sha256');
  for (const { path, sizeBytes, sha256 } of files) {
    hash.update(`${JSON.stringify(['file', path, sizeBytes, sha256])}\n`);
  }
  return hash.digest('hex') as Sha256;
}
