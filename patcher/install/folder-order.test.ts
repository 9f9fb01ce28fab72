import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** Each folder knows those after it, see ARCHITECTURE.md; what all know lies in files beside them. */
const order = ['job', 'commit', 'staging', 'verify', 'state', 'disk'];
const shared = ['install-errors.ts', 'install-progress.ts'];

test.each(order)('%s imports only the folders after it', (folder) => {
  const known = new Set([...order.slice(order.indexOf(folder) + 1), ...shared]);
  const sources = readdirSync(path.join(import.meta.dirname, folder)).filter(isSource);
  expect(sources).not.toEqual([]);
  const astray = sources.flatMap((file) =>
    neighboursOf(path.join(folder, file))
      .filter((name) => !known.has(name))
      .map((name) => `${folder}/${file} imports ${name}`),
  );
  expect(astray).toEqual([]);
});

function isSource(file: string): boolean {
  return file.endsWith('.ts') && !/\.(test|soak)\.ts$/.test(file);
}

/** The folders and files of `install/` that a source one folder below imports, types too. */
function neighboursOf(source: string): readonly string[] {
  const text = readFileSync(path.join(import.meta.dirname, source), 'utf8');
  return [...text.matchAll(/'\.\.\/(?!\.\.)([^/']+)/g)].map(([, name]) => name as string);
}
