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

test.each([
  ['no JSON', '{\n  "launch": [\n    oops\n  ]\n}\n', /^Unexpected token .* is not valid JSON$/],
  [
    'other fields',
    '{"launch": [{"kind": "exe"}], "size": 2}',
    /^launch\[0\].name: .*; launch\[0\].kind: Invalid option: .*; it: Unrecognized key: "size"$/,
  ],
])('a project file with %s is refused by one line that says what and where', async (_what, text, reason) => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-project-'));
  const file = join(folder, 'gantry.json');
  await writeFile(file, text);
  const error = await readProject(file, 'web', true).catch((thrown: unknown) => thrown);
  await rm(folder, { recursive: true, maxRetries: 5 });
  expect(error).toMatchObject({
    code: 'CLI_PROJECT_FILE_INVALID',
    details: { reason: expect.stringMatching(reason) },
  });
});
