import type { LaunchTarget, TreeEntry } from '../../../patcher/formats/manifest.ts';

/**
 * Guess how a build starts when the project file does not say: the web page at the root, the one Windows program at the
 * root, or the one executable file at the root.
 * @returns `[]` where there is none or more than one, because starting the wrong program is worse than asking.
 */
export function detectLaunchTargets(depot: string, entries: readonly TreeEntry[]): LaunchTarget[] {
  const candidates = entries.filter(
    (entry) => entry.kind === 'file' && !entry.path.includes('/') && fits(depot, entry.path, entry.mode),
  );
  const [only] = candidates;
  if (only === undefined || candidates.length > 1) return [];
  const kind = depot === 'web' ? 'web' : 'executable';
  return [{ name: 'Play', kind, path: only.path, arguments: [], workingDirectory: '' }];
}

function fits(depot: string, path: string, mode: number): boolean {
  if (depot === 'web') return path === 'index.html';
  if (depot === 'windows') return /\.exe$/i.test(path);
  return (mode & 0o111) !== 0;
}
