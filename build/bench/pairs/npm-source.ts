import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PairSource } from './catalogue.ts';
import { runTool } from './run-tool.ts';

const NEXT = 'The machine must reach its npm registry; or give the pair as an archive with --data.';

/** One version of an npm package. */
export interface NpmTree {
  readonly package: string;
  readonly version: string;
  /** The only file wanted; the whole package without it. */
  readonly file?: string;
}

/**
 * Both versions of one program, packed by npm from the registry this machine is set to use.
 * @returns the versions, as shown in the report.
 */
export async function fetchFromNpm(
  source: Extract<PairSource, { from: 'npm' }>,
  folders: { readonly old: string; readonly new: string; readonly downloads: string },
): Promise<{ old: string; new: string }> {
  for (const side of ['old', 'new'] as const) {
    const { version } = source[side];
    const tree = { package: source.package, version, file: source.file };
    await fetchNpmTree(tree, { folder: folders[side], downloads: folders.downloads });
  }
  return { old: source.old.version, new: source.new.version };
}

/** Fill a folder with a version of a package, without running anything of it. */
export async function fetchNpmTree(
  tree: NpmTree,
  { folder, downloads }: { readonly folder: string; readonly downloads: string },
): Promise<void> {
  await mkdir(downloads, { recursive: true });
  await mkdir(folder, { recursive: true });
  const wanted = `${tree.package}@${tree.version}`;
  const args = ['pack', wanted, '--silent', '--ignore-scripts', '--pack-destination', downloads];
  const printed = await runTool('npm', args, { next: NEXT, cwd: downloads });
  const archive = join(downloads, printed.trim().split('\n').at(-1) ?? '');
  const member = tree.file === undefined ? 'package' : `package/${tree.file}`;
  await runTool('tar', ['-x', '-f', archive, '-C', folder, '--strip-components=1', member], { next: NEXT });
}
