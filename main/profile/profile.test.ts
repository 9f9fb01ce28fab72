import { fork } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { openDocument } from './document.ts';
import { resolveProfileFolder } from './profile-folder.ts';
import { lockProfile } from './profile-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-profile-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

const open = () =>
  openDocument({
    file: path.join(folder, 'counts.json'),
    version: 2,
    schema: z.object({ count: z.number() }),
    defaults: { count: 0 },
    now: () => 7,
  });

test('a document keeps the last of many quick changes', async () => {
  const document = await open();
  await Promise.all(Array.from({ length: 50 }, () => document.update(({ count }) => ({ count: count + 1 }))));
  expect((await open()).get()).toEqual({ count: 50 });
});

test.each([
  ['torn', '{"version":2,"va'],
  ['of another version', '{"version":1,"value":{"count":3}}'],
  ['of another shape', '{"version":2,"value":{"count":"x"}}'],
])('a document that is %s is kept aside and the defaults take its place', async (_what, text) => {
  await writeFile(path.join(folder, 'counts.json'), text);
  const document = await open();
  expect(document.get()).toEqual({ count: 0 });
  expect(await readFile(document.keptAside ?? '', 'utf8')).toBe(text);
});

test('a profile is held by one process, and free again once it ends, however it ends', async () => {
  const script = path.join(folder, 'hold.ts');
  const module = new URL('profile-lock.ts', import.meta.url).href;
  await writeFile(
    script,
    `import { lockProfile } from ${JSON.stringify(module)};\nawait lockProfile(${JSON.stringify(folder)}, 'launcher');\nprocess.send('held');\nsetInterval(() => {}, 1000);\n`,
  );
  const holder = fork(script);
  await new Promise((resolve) => holder.once('message', resolve));
  await expect(lockProfile(folder, 'launcher')).rejects.toMatchObject({
    code: 'PROFILE_IN_USE',
    details: { pid: holder.pid },
  });
  const ended = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await ended;
  await (await lockProfile(folder, 'launcher')).release();
});

test('of several that find a lock left behind at one moment never two get it', async () => {
  const script = path.join(folder, 'leave.ts');
  const module = new URL('profile-lock.ts', import.meta.url).href;
  await writeFile(
    script,
    `import { lockProfile } from ${JSON.stringify(module)};\nawait lockProfile(process.argv[2] ?? '', 'launcher');\nprocess.kill(process.pid, 'SIGKILL');\n`,
  );
  const left = path.join(folder, 'left');
  const holder = fork(script, [left]);
  await new Promise((resolve) => holder.once('exit', resolve));
  for (let round = 0; round < 30; round++) {
    const profile = path.join(folder, `profile-${round}`);
    await cp(left, profile, { recursive: true });
    const tries = Array.from({ length: 6 }, async (_, row) => {
      await setTimeout((row % 3) * Math.random());
      return lockProfile(profile, 'launcher');
    });
    const got = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled');
    expect(got.length).toBeLessThanOrEqual(1);
  }
});

test.each([
  ['linux', {}, '/home/ada/.local/share/gantry'],
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/gantry'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ada/.local/share/gantry'],
  ['linux', { GANTRY_HOME: '/own' }, '/own'],
  ['darwin', {}, '/home/ada/Library/Application Support/Gantry'],
] as const)('on %s with %j the profile is %s', (platform, variables, expected) => {
  expect(resolveProfileFolder({ platform, home: '/home/ada', variables })).toBe(expected);
});
