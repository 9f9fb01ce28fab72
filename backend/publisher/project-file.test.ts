import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readProject } from './project-file.ts';

test('a project file may name the depots its game has and no other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-project-'));
  const file = join(folder, 'gantry.json');
  const launch = { web: [{ name: 'Play', kind: 'web', path: 'index.html' }] };
  await writeFile(file, JSON.stringify({ launch, preserve: ['saves/**'] }));
  const ofWeb = await readProject(file, 'web', true);
  const ofLinux = await readProject(file, 'linux', true);
  await rm(folder, { recursive: true, maxRetries: 5 });
  expect(ofWeb.launch).toMatchObject([{ path: 'index.html', arguments: [] }]);
  expect(ofWeb.preserve).toEqual(['saves/**']);
  expect(ofLinux.launch).toBeUndefined();
});
