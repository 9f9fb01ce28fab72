import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PairSource } from './catalogue.ts';
import { runTool } from './run-tool.ts';

const NEXT = 'The machine must reach its npm registry; or give the pair as an archive with --data.';

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
    await mkdir(folders.downloads, { recursive: true });
    await mkdir(folders[side], { recursive: true });
    const wanted = `${source.package}@${version}`;
    const args = ['pack', wanted, '--silent', '--ignore-scripts', '--pack-destination', folders.downloads];
    const printed = await runTool('npm', args, { next: NEXT, cwd: folders.downloads });
    const archive = join(folders.downloads, printed.trim().split('\n').at(-1) ?? '');
    const unpack = [
      '-x',
      '-f',
      archive,
      '-C',
      folders[side],
      '--strip-components=1',
      `package/${source.file}`,
    ];
    await runTool('tar', unpack, { next: NEXT });
  }
  return { old: source.old.version, new: source.new.version };
}
