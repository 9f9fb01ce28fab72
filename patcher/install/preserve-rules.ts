import { matchesGlob } from 'node:path/posix';

/**
 * Compile a manifest's preserve patterns: globs over tree paths, `**` crossing folders. A pattern that names a
 * folder covers what is in it.
 * @returns True for paths that belong to the player once they exist.
 */
export function compilePreserveRules(patterns: readonly string[]): (treePath: string) => boolean {
  if (patterns.length === 0) return () => false;
  const globs = patterns.flatMap((pattern) => {
    const plain = pattern.replace(/^\.?\//, '').replace(/\/+$/, '');
    return [plain, `${plain}/**`];
  });
  return (treePath) => globs.some((glob) => matchesGlob(treePath, glob));
}
