import { AppError } from '../../errors.ts';
import type { Manifest } from '../../formats/manifest.ts';
import { modeOf, type InstalledTree } from '../../plan/installed-tree.ts';
import { scanTree } from '../../scan/scan-tree.ts';
import type { SafeTree } from '../disk/safe-tree.ts';
import { STATE_FOLDER } from '../state/state-folder.ts';
import { verifyTree } from './verify-tree.ts';

/**
 * See a folder of unknown origin as an installed build. Scanned like a build about to be pushed, so that chunks
 * are found wherever they lie; names no build could have are passed over, and a folder that cannot be scanned at
 * all (files being written) is compared with the manifest place by place instead.
 */
export async function adoptTree(
  tree: SafeTree,
  next: Manifest,
  signal: AbortSignal | undefined,
): Promise<InstalledTree> {
  const passedOver: string[] = [];
  for (;;) {
    try {
      return await scanAsInstalled(tree, next, passedOver, signal);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const odd = passedOver.length < PASSED_OVER_MAX ? oddPathOf(error) : undefined;
      if (odd === undefined || passedOver.includes(odd)) break;
      passedOver.push(odd);
    }
  }
  // The content of preserved files is no damage, but without an old build nothing says they were ever ours.
  const { installed } = await verifyTree(tree, next, { signal, isPreserved: () => false });
  return installed;
}

/** Files of the player's with names no build could have; a folder with more of them is not worth the looks. */
const PASSED_OVER_MAX = 50;

/** The path that a build could not have, if that is what is wrong. */
function oddPathOf({ code, details }: AppError): string | undefined {
  return /^(?:PATH|LINK)_/.test(code) && typeof details['path'] === 'string' ? details['path'] : undefined;
}

/** A path as a pattern that matches only it. */
function toPattern(treePath: string): string {
  return `/${treePath.replaceAll(/[\\*?[\]!# ]/g, String.raw`\$&`)}`;
}

async function scanAsInstalled(
  tree: SafeTree,
  next: Manifest,
  passedOver: readonly string[],
  signal: AbortSignal | undefined,
): Promise<InstalledTree> {
  const scanned = await scanTree({
    root: tree.root,
    chunking: next.chunking,
    expected: next,
    ignore: [`/${STATE_FOLDER}`, ...passedOver.map(toPattern)],
    ...(signal === undefined ? {} : { signal }),
  });
  const nowhere = new Uint32Array(scanned.chunks.count);
  const { count, sha256, sizeBytes } = scanned.chunks;
  const manifest: Manifest = {
    chunking: scanned.chunking,
    entries: scanned.entries,
    // In no pack: these chunks are only ever read from the folder.
    chunks: { count, sha256, sizeBytes, pack: nowhere, offset: nowhere, packedBytes: nowhere },
    packs: [],
    launch: [],
    preserve: [],
  };
  return {
    manifest,
    states: manifest.entries.map(() => 'present'),
    modes: Uint16Array.from(manifest.entries, modeOf),
    damage: new Map(),
  };
}
