import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientErrors, createApiClient } from '../../backend/api/client.ts';
import { downloadErrors } from '../../patcher/download/download-errors.ts';
import { AppError } from '../../patcher/errors.ts';
import { installErrors } from '../../patcher/install/install-errors.ts';
import { createFailureDoctor, type DoctorPorts } from './failure-doctor.ts';
import { findMount } from './mounts.ts';
import { findFileHolders } from './process-list.ts';

let folder: string;
let proc: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-doctor-'));
  proc = path.join(folder, 'proc');
  await mkdir(proc);
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

function setUp(ports: Partial<DoctorPorts> = {}) {
  const lines: string[] = [];
  const doctor = createFailureDoctor({
    environment: {},
    now: () => Date.UTC(2026, 10, 22),
    clockSkewMs: () => null,
    write: (line) => void lines.push(line),
    proc,
    mountTable: path.join(folder, 'mountinfo'),
    ...ports,
  });
  return { lines, diagnose: doctor.diagnose };
}

/** A process as `/proc` shows it. */
async function addProcess(pid: number, name: string, opens: Record<string, string> = {}): Promise<void> {
  const own = path.join(proc, String(pid));
  await mkdir(path.join(own, 'fd'), { recursive: true });
  await writeFile(path.join(own, 'comm'), `${name}\n`);
  for (const [link, target] of Object.entries(opens)) await symlink(target, path.join(own, link));
}

describe('the doctor', () => {
  test('says how much space is missing, and where', async () => {
    const error = installErrors.error('INSTALL_DISK_FULL', { neededBytes: 2 ** 50, freeBytes: 5 });
    const { findings, action } = await setUp().diagnose(error, folder);
    expect(action).toBe('free-space');
    expect(findings[0]).toMatch(new RegExp(`^The drive of ${folder} has [\\d.,]+ .?.?B free\\.$`));
    expect(findings[1]).toMatch(/^Free at least .* there: .* are needed\.$/);
  });

  test('names the processes that use the game’s files, and a scanner that may', async () => {
    await addProcess(4242, 'skylark', { 'fd/7': path.join(folder, 'game', 'data', 'level.pak') });
    await addProcess(4243, 'bash', { cwd: path.join(folder, 'game') });
    await addProcess(4244, 'vi', { 'fd/3': '/somewhere/else' });
    await addProcess(77, 'clamonacc');
    await mkdir(path.join(folder, 'game'));
    const error = installErrors.error('INSTALL_FILE_BUSY', { path: 'data/level.pak' });
    const { findings } = await setUp().diagnose(error, path.join(folder, 'game'));
    expect(findings).toEqual([
      'skylark (process 4242) uses data/level.pak.',
      'bash (process 4243) uses ..',
      'ClamAV is running: let it leave the game’s folder alone, or look into its quarantine.',
    ]);
  });

  test('names the process that holds an install’s lock', async () => {
    await addProcess(4242, 'gantry-player');
    const { findings } = await setUp().diagnose(installErrors.error('INSTALL_LOCKED', { pid: 4242 }), folder);
    expect(findings).toEqual(['It is gantry-player (process 4242).']);
  });

  test('names the drive that failed or cannot be written', async () => {
    const table = [
      '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
      `36 22 8:17 / ${folder.replaceAll(' ', '\\040')} ro,noatime - ext4 /dev/sdb1 rw`,
    ];
    await writeFile(path.join(folder, 'mountinfo'), `${table.join('\n')}\n`);
    const failing = installErrors.error('INSTALL_DISK_FAILING', { path: 'data/level.pak', errno: 'EIO' });
    const { findings, action } = await setUp().diagnose(failing, path.join(folder, 'not-yet', 'there'));
    expect(action).toBe('change-location');
    expect(findings).toEqual([
      `It lies on the drive ${folder} (/dev/sdb1, ext4), which is mounted so that nothing can be written.`,
    ]);
  });

  test('knows a network’s sign-in page in place of the service', async () => {
    const page = async () =>
      new Response('<html>Welcome</html>', { headers: { 'content-type': 'text/html' } });
    const asked = createApiClient({ baseUrl: 'http://play.example', fetch: page }).health({});
    const error: unknown = await asked.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(await setUp().diagnose(error)).toMatchObject({
      code: 'SERVICE_INTERCEPTED',
      action: 'open-portal',
    });
  });

  test.each([
    ['ENOTFOUND', 'wait', /no network/],
    ['ECONNREFUSED', 'wait', /could not be reached/],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'retry', /opens what passes through/],
    ['CERT_NOT_YET_VALID', 'fix-clock', /wrong clock/],
  ])('tells by %s why the service was not reached', async (code, action, cause) => {
    const thrown = new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
    const error = clientErrors.error('SERVICE_UNREACHABLE', { url: 'https://play.example' }, thrown);
    expect(await setUp().diagnose(error)).toMatchObject({ action, cause: expect.stringMatching(cause) });
  });

  test('names a proxy without its password, and a portal', async () => {
    const environment = { HTTPS_PROXY: 'http://ada:secret@proxy.example:3128' };
    const inspected = downloadErrors.error('DOWNLOAD_CONNECTION_INSPECTED', { reason: 'SELF_SIGNED' });
    const { findings } = await setUp({ environment }).diagnose(inspected);
    expect(findings).toEqual(['Connections go through the proxy proxy.example:3128 (HTTPS_PROXY).']);
    const portal = downloadErrors.error('DOWNLOAD_CAPTIVE_PORTAL', {
      status: 302,
      portal: 'https://wifi.example',
    });
    expect(await setUp().diagnose(portal)).toMatchObject({
      action: 'open-portal',
      findings: ['The network sends you to https://wifi.example.'],
    });
  });

  test('says how wrong the clock is, by the error or by the service’s answers', async () => {
    const error = downloadErrors.error('DOWNLOAD_CLOCK_WRONG', { reason: 'x', skewSeconds: 3 * 86_400 });
    expect(await setUp().diagnose(error)).toMatchObject({
      action: 'fix-clock',
      findings: [
        'This computer says it is 2026-11-22 00:00 UTC, servers say 2026-11-19 00:00 UTC: 3 days ahead.',
      ],
    });
    const unknown = downloadErrors.error('DOWNLOAD_CLOCK_WRONG', { reason: 'x', skewSeconds: null });
    const { findings } = await setUp({ clockSkewMs: () => -600_000 }).diagnose(unknown);
    expect(findings).toEqual([
      'This computer says it is 2026-11-22 00:00 UTC, servers say 2026-11-22 00:10 UTC: 10 minutes behind.',
    ]);
  });

  test('blames the clock, not the service, for records that seem to have ended', async () => {
    const error = new AppError({
      code: 'TRUST_EXPIRED',
      family: 'integrity',
      message: '',
      next: '',
      details: {},
    });
    expect(await setUp().diagnose(error)).toMatchObject({ action: 'wait', findings: [] });
    expect(await setUp({ clockSkewMs: () => 86_400_000 }).diagnose(error)).toMatchObject({
      action: 'fix-clock',
      findings: [expect.stringContaining('24 hours ahead')],
    });
  });

  test('notes what it found in the log under the code the player tells support', async () => {
    const { lines, diagnose } = setUp();
    const failure = await diagnose(installErrors.error('INSTALL_LOCKED', { pid: 1 }), folder);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`failure ${failure.supportCode} INSTALL_LOCKED`);
  });

  test('tells the failure even where nothing can be looked into', async () => {
    await rm(proc, { recursive: true });
    const error = installErrors.error('INSTALL_FILE_BUSY', { path: 'x' });
    const failure = await setUp().diagnose(error, path.join(folder, 'gone'));
    expect(failure).toMatchObject({ code: 'INSTALL_FILE_BUSY', findings: [], action: 'retry' });
  });
});

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('a real process that holds a file is found by its name', async () => {
    const file = path.join(folder, 'level.pak');
    await writeFile(file, 'x');
    const child = spawn('tail', ['-f', file], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      expect(await findFileHolders(folder)).toEqual([{ pid: child.pid, name: 'tail', file: 'level.pak' }]);
    } finally {
      child.kill();
    }
  });

  test('a real folder lies on a real drive', async () => {
    expect(await findMount(folder)).toMatchObject({ readOnly: false });
    expect(await findMount('/proc/self')).toMatchObject({ mountPoint: '/proc', fileSystem: 'proc' });
  });
});
