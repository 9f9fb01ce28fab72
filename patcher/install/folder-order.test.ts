import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** Each folder knows those after it, see ARCHITECTURE.md; what all know lies in files beside them. */
const order = ['job', 'commit', 'staging', 'verify', 'state', 'disk'];
const shared = ['install-errors.ts', 'install-progress.ts'];

test.each(order)('%s imports only the folders after it', (folder) => {
  const known = new Set([...order.slice(order.indexOf(folder)), ...shared]);
  const sources = readdirSync(path.join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' });
  expect(sources.filter(isSource)).not.toEqual([]);
  const astray = sources.filter(isSource).flatMap((file) =>
    neighboursOf(path.join(folder, file))
      .filter((name) => !known.has(name))
      .map((name) => `${folder}/${file} imports ${name}`),
  );
  expect(astray).toEqual([]);
});

function isSource(file: string): boolean {
  return file.endsWith('.ts') && !/\.(test|soak)\.ts$/.test(file);
}

/** The folders and files of `install/` that a source in one of its folders imports, types too. */
function neighboursOf(source: string): readonly string[] {
  const text = readFileSync(path.join(import.meta.dirname, source), 'utf8');
  const imported = [...text.matchAll(/'(\.\.?\/[^']+\.ts)'/g)].map(([, file]) =>
    path.join(path.dirname(source), file as string),
  );
  return imported.filter((file) => !file.startsWith('..')).map((file) => file.split(path.sep)[0] as string);
}
